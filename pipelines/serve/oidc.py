"""Logging in with the account of one's organisation: OpenID Connect, the code flow with PKCE, state and nonce."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

import httpx2
from authlib.integrations.base_client import OAuthError
from authlib.integrations.starlette_client import OAuth
from joserfc.errors import JoseError
from starlette.requests import Request
from starlette.responses import Response

from pipelines.config import ConfigError, Oidc, is_loopback
from pipelines.serve.people import NotSo
from pipelines.serve.roles import ROLES, Person

SIGNED = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
BACK = "/toegang/oidc/terug"
TIMEOUT_S = 10
NAME = re.compile(r"[\w.+@ -]{1,64}")


class Provider:
    """The provider of `settings`; `own` is the address of this server, `cities` those that somebody may be of.

    `loopback` allows one on this machine over plain http. Raises ConfigError.
    """

    def __init__(self, settings: Oidc, secret: str, own: str, cities: set[str], loopback: bool) -> None:
        self._settings, self._own, self._cities = settings, own, cities
        issuer = urlsplit(settings.issuer)
        near = loopback and issuer.scheme == "http" and is_loopback(issuer.hostname or "")
        if not (issuer.scheme == "https" or near) or not settings.client_id or not settings.roles or not secret:
            raise ConfigError(
                "oidc needs issuer (https), client_id and roles in obmi.toml, and OBMI_OIDC_SECRET; fill them in"
            )
        self._client = OAuth().register(
            "oidc",
            client_id=settings.client_id,
            client_secret=secret,
            server_metadata_url=f"{settings.issuer.rstrip('/')}/.well-known/openid-configuration",
            client_kwargs={"scope": settings.scope, "code_challenge_method": "S256", "timeout": TIMEOUT_S},
        )

    async def ask(self, request: Request, to: str) -> Response:
        """Send somebody there; they come back at BACK, and then go on to `to`. Raises NotSo."""
        try:
            await self._known()
            request.session.clear()
            request.session["naar"] = to
            return await self._client.authorize_redirect(request, self._own + BACK)
        except (OAuthError, httpx2.HTTPError, ValueError, KeyError) as err:
            raise _failed(err) from err

    async def answered(self, request: Request) -> tuple[Person, str, str]:
        """Who came back, by which `sub` the provider knows them, and where to go on. Raises NotSo."""
        to = str(request.session.pop("naar", "/"))
        try:
            metadata = await self._known()
            claims = {
                "iss": {"essential": True, "value": metadata["issuer"]},
                "aud": {"essential": True, "value": self._settings.client_id},
                "exp": {"essential": True},
                "sub": {"essential": True},
            }
            token = await self._client.authorize_access_token(request, claims_options=claims)
            told = token["userinfo"]
        except (OAuthError, JoseError, httpx2.HTTPError, ValueError, KeyError, TypeError) as err:
            raise _failed(err) from err
        finally:
            request.session.clear()
        return self._person(told), str(told["sub"])[:255], to

    async def _known(self) -> dict[str, Any]:
        """What the provider says of itself, of which only signatures with its own key are taken."""
        metadata = await self._client.load_server_metadata()
        if metadata["issuer"] != self._settings.issuer:
            raise ValueError("another issuer")
        told = metadata.get("id_token_signing_alg_values_supported") or ["RS256"]
        metadata["id_token_signing_alg_values_supported"] = [name for name in told if name in SIGNED]
        return metadata

    def _person(self, told: dict[str, Any]) -> Person:
        settings = self._settings
        name, city = told.get(settings.name), told.get(settings.city) if settings.city else ""
        given = told.get(settings.role) or []
        roles = {settings.roles.get(value) for value in ([given] if isinstance(given, str) else given)} - {None}
        if not isinstance(name, str) or not NAME.fullmatch(name):
            raise NotSo(f"the provider gives no name in {settings.name}", "Je organisatie geeft geen naam door.")
        if not roles:
            raise NotSo(
                f"no role among {settings.role}", "Je organisatie geeft je hier geen rol. Vraag het aan je beheerder."
            )
        city = city.lower() if isinstance(city, str) else ""
        if settings.city and city and city not in self._cities:
            raise NotSo(f"no city in {settings.city}", "Je organisatie geeft een stad door die hier onbekend is.")
        whole = name if "@" in name else f"{name}@{urlsplit(settings.issuer).hostname}"
        return Person(whole, max(roles, key=ROLES.index), city)


def _failed(err: Exception) -> NotSo:
    """Says what kind of thing went wrong, and not what was exchanged."""
    kind = getattr(err, "error", None) or type(err).__name__
    return NotSo(
        f"the provider's answer is not taken: {str(kind)[:60]}",
        "Aanmelden met je organisatie is niet gelukt. Probeer het opnieuw; lukt het niet, vraag het aan je beheerder.",
    )
