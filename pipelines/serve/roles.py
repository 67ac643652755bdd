"""What a person may do on Dagster's page: every change that it knows, and the role that it asks for."""

from __future__ import annotations

from dataclasses import dataclass

READER, ANALYST, KEEPER = ROLES = ("lezer", "analist", "beheerder")
WHO, WHERE = "user", "obmi/stad"  # tags of a run: who launched it, as the page shows too, and of which city

# Changes of Dagster's page, by the lowest role that may ask for them.
CHANGES = {
    ANALYST: {
        *("launchPipelineExecution", "launchRun", "launchMultipleRuns"),
        *("launchPipelineReexecution", "launchRunReexecution"),
        *("terminatePipelineExecution", "terminateRun", "terminateRuns"),
        *(
            "launchPartitionBackfill",
            "resumePartitionBackfill",
            "reexecutePartitionBackfill",
            "cancelPartitionBackfill",
        ),
        *("sensorDryRun", "scheduleDryRun", "reloadRepositoryLocation", "reloadWorkspace"),
    },
    KEEPER: {
        *("startSchedule", "stopRunningSchedule", "resetSchedule"),
        *("startSensor", "setSensorCursor", "stopSensor", "resetSensor"),
        *("deletePipelineRun", "deleteRun", "wipeAssets", "addDynamicPartition", "deleteDynamicPartitions"),
        *("setAutoMaterializePaused", "setConcurrencyLimit", "deleteConcurrencyLimit"),
        *("freeConcurrencySlotsForRun", "freeConcurrencySlots", "refreshComponentState"),
    },
}
# Of nobody: a result that no run had, the end of the code server, and what Dagster keeps of its own users.
NEVER = {
    *("reportRunlessAssetEvents", "reportAssetCheckEvaluations", "shutdownRepositoryLocation"),
    *("setAppManagedComponent", "deleteAppManagedComponent", "logTelemetry", "setNuxSeen"),
}


@dataclass(frozen=True)
class Person:
    """Who asks: by what name, in which role, and of which city where it is of one."""

    naam: str
    rol: str
    stad: str = ""

    def may(self, change: str) -> bool:
        """Whether this person may ask for a change of Dagster's page; what is not known nobody may."""
        return any(change in CHANGES.get(role, ()) for role in self.roles())

    def roles(self) -> tuple[str, ...]:
        """The own role and those below it."""
        return ROLES[: ROLES.index(self.rol) + 1]
