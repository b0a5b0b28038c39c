"""What a rule reads like in the languages of people who work with calendars."""

import random
import re
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from calendars.engine.recurrence import words
from calendars.engine.recurrence.description import describe, describe_named
from calendars.engine.recurrence.recurrence_set import parse
from calendars.tests.oracle import random_rule

PARIS = ZoneInfo("Europe/Paris")
ROOT = datetime.fromisoformat("2026-11-24T09:00")  # a Tuesday

# Rule: French, German, Spanish; English stands in test_description.py.
RULES = {
    "FREQ=WEEKLY;INTERVAL=2;UNTIL=20270503T070000Z": (
        "tous les deux mardis jusqu'au 3 mai 2027",
        "jeden zweiten Dienstag bis zum 3. Mai 2027",
        "cada dos martes hasta el 3 de mayo de 2027",
    ),
    "FREQ=WEEKLY;UNTIL=20270501T070000Z": (
        "tous les mardis jusqu'au 1er mai 2027",
        "jeden Dienstag bis zum 1. Mai 2027",
        "cada martes hasta el 1 de mayo de 2027",
    ),
    "FREQ=WEEKLY;COUNT=10;BYDAY=MO,TU,WE,TH,FR": (
        "tous les jours ouvrés (du lundi au vendredi), 10 fois",
        "jeden Werktag (Montag bis Freitag), 10-mal",
        "cada día laborable (de lunes a viernes), 10 veces",
    ),
    "FREQ=WEEKLY;BYDAY=MO,WE,FR": (
        "tous les lundis, mercredis et vendredis",
        "jeden Montag, Mittwoch und Freitag",
        "cada lunes, miércoles y viernes",
    ),
    "FREQ=WEEKLY;INTERVAL=4;BYDAY=MO,TH": (
        "toutes les 4 semaines le lundi et le jeudi",
        "alle 4 Wochen am Montag und Donnerstag",
        "cada 4 semanas el lunes y el jueves",
    ),
    "FREQ=WEEKLY;INTERVAL=3;BYDAY=SA": (
        "tous les trois samedis",
        "jeden dritten Samstag",
        "cada tres sábados",
    ),
    "FREQ=WEEKLY;BYDAY=MO,FR;BYSETPOS=-1": (
        "tous les lundis et vendredis (seulement le dernier d'entre eux par semaine)",
        "jeden Montag und Freitag (nur der letzte davon pro Woche)",
        "cada lunes y viernes (solo el último de ellos por semana)",
    ),
    "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR,SA,SU": ("tous les jours", "jeden Tag", "cada día"),
    "FREQ=DAILY;INTERVAL=3;COUNT=1": (
        "tous les trois jours, une fois",
        "jeden dritten Tag, einmal",
        "cada tres días, una vez",
    ),
    "FREQ=DAILY;BYDAY=SA,SU;BYMONTH=7,8": (
        "tous les samedis et dimanches en juillet et août",
        "jeden Samstag und Sonntag im Juli und August",
        "cada sábado y domingo en julio y agosto",
    ),
    "FREQ=DAILY;BYHOUR=1,20;BYMINUTE=30": (
        "tous les jours à 01:30 et 20:30",
        "jeden Tag um 01:30 und 20:30 Uhr",
        "cada día a la 01:30 y a las 20:30",
    ),
    "FREQ=DAILY;BYHOUR=8,10,12,14,16,18": (
        "tous les jours à 6 moments de la journée",
        "jeden Tag zu 6 Uhrzeiten am Tag",
        "cada día en 6 momentos del día",
    ),
    "FREQ=MONTHLY": ("le 24 de chaque mois", "am 24. jedes Monats", "el 24 de cada mes"),
    "FREQ=MONTHLY;INTERVAL=2;BYMONTHDAY=1,-1": (
        "tous les deux mois le 1er et le dernier jour",
        "jeden zweiten Monat am 1. und am letzten Tag",
        "cada dos meses el 1 y el último día",
    ),
    "FREQ=MONTHLY;BYMONTHDAY=-2,-3": (
        "le troisième jour en partant de la fin et l'avant-dernier jour de chaque mois",
        "am drittletzten Tag und am vorletzten Tag jedes Monats",
        "el antepenúltimo día y el penúltimo día de cada mes",
    ),
    "FREQ=MONTHLY;BYDAY=2TU": (
        "le deuxième mardi de chaque mois",
        "am zweiten Dienstag jedes Monats",
        "el segundo martes de cada mes",
    ),
    "FREQ=MONTHLY;BYDAY=1SU,3SU,-1SU": (
        "le premier dimanche, le troisième dimanche et le dernier dimanche de chaque mois",
        "am ersten Sonntag, am dritten Sonntag und am letzten Sonntag jedes Monats",
        "el primer domingo, el tercer domingo y el último domingo de cada mes",
    ),
    "FREQ=MONTHLY;BYDAY=TU": (
        "chaque mardi de chaque mois",
        "an jedem Dienstag jedes Monats",
        "cada martes de cada mes",
    ),
    "FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13": (
        "le 13, si c'est un vendredi, de chaque mois",
        "am 13., wenn es ein Freitag ist, jedes Monats",
        "el 13, si es viernes, de cada mes",
    ),
    "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1": (
        "le dernier jour ouvré (du lundi au vendredi) de chaque mois",
        "am letzten Werktag (Montag bis Freitag) jedes Monats",
        "el último día laborable (de lunes a viernes) de cada mes",
    ),
    "FREQ=MONTHLY;BYDAY=TU,WE,TH;BYSETPOS=3": (
        "le troisième mardi, mercredi ou jeudi de chaque mois",
        "am dritten Dienstag, Mittwoch oder Donnerstag jedes Monats",
        "el tercer martes, miércoles o jueves de cada mes",
    ),
    "FREQ=YEARLY": ("tous les ans le 24 novembre", "jedes Jahr am 24. November", "cada año el 24 de noviembre"),
    "FREQ=YEARLY;BYMONTH=6,7;BYMONTHDAY=10": (
        "tous les ans le 10 en juin et juillet",
        "jedes Jahr am 10. im Juni und Juli",
        "cada año el 10 de junio y julio",
    ),
    "FREQ=YEARLY;BYMONTH=8;BYMONTHDAY=1,15": (
        "tous les ans le 1er et le 15 août",
        "jedes Jahr am 1. und am 15. August",
        "cada año el 1 y el 15 de agosto",
    ),
    "FREQ=YEARLY;INTERVAL=4;BYMONTH=4;BYDAY=1TU": (
        "tous les 4 ans le premier mardi d'avril",
        "alle 4 Jahre am ersten Dienstag im April",
        "cada 4 años el primer martes de abril",
    ),
    "FREQ=YEARLY;BYDAY=20MO": (
        "tous les ans le 20e lundi de l'année",
        "jedes Jahr am 20. Montag des Jahres",
        "cada año el 20.º lunes del año",
    ),
    "FREQ=YEARLY;BYMONTHDAY=1": (
        "tous les ans le 1er de chaque mois",
        "jedes Jahr am 1. jedes Monats",
        "cada año el 1 de cada mes",
    ),
    "FREQ=YEARLY;BYWEEKNO=20,-1;BYDAY=MO": (
        "tous les ans la semaine 20 et la dernière semaine le lundi",
        "jedes Jahr in Kalenderwoche 20 und in der letzten Woche am Montag",
        "cada año en la semana 20 y en la última semana el lunes",
    ),
    "FREQ=YEARLY;BYYEARDAY=1,100,-1": (
        "tous les ans le jour 1, le jour 100 et le dernier jour de l'année",
        "jedes Jahr am ersten Tag, am 100. Tag und am letzten Tag des Jahres",
        "cada año el día 1, el día 100 y el último día del año",
    ),
    "FREQ=YEARLY;BYEASTER=0": (
        "tous les ans le dimanche de Pâques",
        "jedes Jahr am Ostersonntag",
        "cada año el domingo de Pascua",
    ),
    "FREQ=YEARLY;BYEASTER=-2,1": (
        "tous les ans 2 jours avant le dimanche de Pâques et 1 jour après le dimanche de Pâques",
        "jedes Jahr 2 Tage vor Ostersonntag und 1 Tag nach Ostersonntag",
        "cada año 2 días antes del domingo de Pascua y 1 día después del domingo de Pascua",
    ),
    "FREQ=HOURLY;INTERVAL=4": ("toutes les 4 heures", "alle 4 Stunden", "cada 4 horas"),
    "FREQ=MINUTELY;INTERVAL=20;BYHOUR=9,10,11": (
        "toutes les 20 minutes de 09:00 à 11:59",
        "alle 20 Minuten von 09:00 bis 11:59 Uhr",
        "cada 20 minutos de 09:00 a 11:59",
    ),
    "FREQ=HOURLY;BYMINUTE=0,30;BYHOUR=9,11;BYDAY=MO": (
        "toutes les heures le lundi aux heures 9 et 11 aux minutes 0 et 30",
        "jede Stunde am Montag in den Stunden 9 und 11 in den Minuten 0 und 30",
        "cada hora el lunes en las horas 9 y 11 en los minutos 0 y 30",
    ),
    "FREQ=DAILY;COUNT=3\nRDATE:20261201T090000": (
        "tous les jours, 3 fois, et aussi le 1er décembre 2026",
        "jeden Tag, 3-mal, auch am 1. Dezember 2026",
        "cada día, 3 veces, también el 1 de diciembre de 2026",
    ),
    "FREQ=DAILY\nEXDATE:20261201T090000\nEXDATE;VALUE=DATE:20261203": (
        "tous les jours, sauf le 1er décembre 2026 et le 3 décembre 2026",
        "jeden Tag, außer am 1. Dezember 2026 und am 3. Dezember 2026",
        "cada día, excepto el 1 de diciembre de 2026 y el 3 de diciembre de 2026",
    ),
    "FREQ=DAILY\nEXDATE:20261125T090000,20261126T090000,20261127T090000,20261128T090000,20261129T090000": (
        "tous les jours, sauf à 5 dates",
        "jeden Tag, außer an 5 Tagen",
        "cada día, excepto en 5 fechas",
    ),
    "RDATE:20261201T090000": (
        "le 24 novembre 2026 et le 1er décembre 2026",
        "am 24. November 2026 und am 1. Dezember 2026",
        "el 24 de noviembre de 2026 y el 1 de diciembre de 2026",
    ),
    "FREQ=DAILY;COUNT=3\nFREQ=MONTHLY": (
        "tous les jours, 3 fois et le 24 de chaque mois",
        "jeden Tag, 3-mal und am 24. jedes Monats",
        "cada día, 3 veces y el 24 de cada mes",
    ),
}


@pytest.mark.parametrize("rule", RULES, ids=[rule.replace("\n", " ") for rule in RULES])
def test_rule_reads_in_each_language(rule):
    series = parse(root=ROOT, zone=PARIS, text=rule)
    assert tuple(describe(series, language) for language in ("fr", "de", "es")) == RULES[rule]


def test_named_rule_reads_in_each_language():
    found = [describe_named("DAILY", "byhour:9,11;until:20270503", language) for language in ("fr", "de", "es")]
    assert found == [
        "tous les jours aux heures 9 et 11 jusqu'au 3 mai 2027",
        "jeden Tag in den Stunden 9 und 11 bis zum 3. Mai 2027",
        "cada día en las horas 9 y 11 hasta el 3 de mayo de 2027",
    ]


@pytest.mark.parametrize(
    ("language", "text"), [("fr-CA", "tous les mardis"), ("DE", "jeden Dienstag"), ("pt-br", "every Tuesday")]
)
def test_language_is_found_by_its_code(language, text):
    assert describe(parse(root=ROOT, zone=PARIS, text="FREQ=WEEKLY"), language) == text


ENGLISH = re.compile(
    r"\b(every|each|on the|of|the|and|or|until|times|once|except|also|week|month|year|days?|hours?|first|second|third"
    r"|last|Monday|Tuesday|Sunday|January|May|December|Easter|to|from|only|if)\b"
)
FREQUENCIES = ("YEARLY", "MONTHLY", "WEEKLY", "DAILY", "HOURLY", "MINUTELY", "SECONDLY")


@pytest.mark.parametrize("language", ["fr", "de", "es"])
def test_every_rule_has_words_and_none_is_english(language):
    chance = random.Random(20261124)
    for number in range(700):
        rule = random_rule(chance, FREQUENCIES[number % 7], ROOT)
        # Here the start is in a zone, so that UNTIL is in UTC (RFC 5545 3.3.10).
        series = parse(root=ROOT, zone=PARIS, text=re.sub(r"UNTIL=(\w+)", r"UNTIL=\1Z", rule))
        told = describe(series, language)
        assert told.strip() == told != ""
        assert "  " not in told
        assert not ENGLISH.search(told), told
        assert told != describe(series, "en")


def test_each_language_says_all_that_the_others_say():
    assert {language: phrases.__abstractmethods__ for language, phrases in words.LANGUAGES.items()} == {
        language: frozenset() for language in ("en", "fr", "de", "es")
    }
