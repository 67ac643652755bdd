-- The numbers of the judge of change. docs/poort.md explains them.
-- How many times the usual change is too far, where nothing more is known.
CREATE OR REPLACE MACRO keer() AS 6;
-- How many times the largest change that was accepted is too far.
CREATE OR REPLACE MACRO meer() AS 2;
-- No limit is narrower than this share: publishers correct by a few percent, and no city acts on less.
CREATE OR REPLACE MACRO vloer() AS 0.08;
-- The usual change, as a share, of a figure of which nothing is known.
CREATE OR REPLACE MACRO onbekend() AS 0.3;
-- So many areas or changes say what is usual: below it, what is known weighs as much as what is not.
CREATE OR REPLACE MACRO genoeg() AS 30;
-- So many changes tell what the largest is: then two odd ones among them do not count.
CREATE OR REPLACE MACRO veel() AS 100;
-- What happened so often is no accident: the third largest change, the third year.
CREATE OR REPLACE MACRO weinig() AS 3;
-- How many times wider the limits are of what no city asks for, of a category of all areas, and of late registrations.
CREATE OR REPLACE MACRO wijder() AS 4;
-- How many times wider they are of a part of the year, a category or a largest cell: there are many of those.
CREATE OR REPLACE MACRO breder() AS 1.4;
-- How many years before the delivery count: what was usual long ago is so no longer.
CREATE OR REPLACE MACRO verleden() AS 12;
-- Which share of a count chance draws anew when it is given once more: the same people were counted.
CREATE OR REPLACE MACRO herteld() AS 0.006;
-- A copy is what chance makes less than once in ten to this power.
CREATE OR REPLACE MACRO bewijs() AS 5;
-- A class of size is so many times the one before it: figures of one class move alike.
CREATE OR REPLACE MACRO klassen() AS 4;
-- Below this share of the middle figure a logarithm makes much of little: there a difference counts.
CREATE OR REPLACE MACRO aanloop() AS 0.05;
