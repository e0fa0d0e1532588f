"""A report as text for people, as JSON for programs, as a sh:ValidationReport for other SHACL tools, as JUnit
for continuous integration."""

import json
import re
from dataclasses import asdict
from functools import cache
from importlib.resources import files
from itertools import groupby
from typing import Any
from xml.etree import ElementTree as ET  # written, never read

import yaml
from ckanext.herne.quality.report import Report, Result
from ckanext.herne.quality.rules import HERNE
from rdflib import RDF, SH, XSD, BNode, Graph, Literal, URIRef

SHOWN = 120  # characters of a value that the text repeats
NOT_XML = re.compile(r"[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def as_text(report: Report, language: str = "de") -> str:
    """The report for people: dataset by dataset, what, where, remedy; then the verdict."""
    words = phrases(language)
    lines: list[str] = []
    for (title, record), results in groupby(report.results, key=lambda result: (result.title, result.record)):
        lines += [_named(title, record)]
        lines += [line for result in results for line in _lines(result, language)]
        lines += [""]
    verdict = words["conforms" if report.conforms else "fails"]
    counts = words["counts"].format(
        datasets=report.datasets,
        violations=report.count("Violation"),
        warnings=report.count("Warning"),
        infos=report.count("Info"),
    )
    return "\n".join([*lines, f"{verdict} {counts}"])


def _lines(result: Result, language: str) -> list[str]:
    words = phrases(language)
    value = result.value if len(result.value) <= SHOWN else result.value[:SHOWN] + "…"
    field = f"[{result.field}] " if result.field else ""
    lines = [f"  {words[result.severity]}: {field}{result.message(language)}"]
    if result.focus != result.record:
        lines.append(f"      {words['place']}: {_named(result.place, result.focus)}")
    if value:
        lines.append(f"      {words['value']}: {value}")
    return [*lines, f"      {words['remedy']}: {result.remedy_in(language)}"]


def _named(title: str, uri: str) -> str:
    return title if title == uri else f"{title} <{uri}>"


def as_dict(report: Report) -> dict[str, Any]:
    """The report as JSON's objects and lists, in both languages; `results` are as in `Result`."""
    return {
        "conforms": report.conforms,
        "datasets": report.datasets,
        "violations": report.count("Violation"),
        "warnings": report.count("Warning"),
        "infos": report.count("Info"),
        "engine": report.engine,
        "shapes": list(report.shapes),
        "results": [asdict(result) for result in report.results],
    }


def as_json(report: Report, _language: str = "") -> str:
    """`as_dict` as text."""
    return json.dumps(as_dict(report), ensure_ascii=False, indent=2)


def as_turtle(report: Report, _language: str = "") -> str:
    """The report as a sh:ValidationReport (SHACL, section 3.6); only violations make `sh:conforms` false."""
    graph = Graph()
    graph.bind("herne", HERNE)
    root = BNode("report")
    graph.add((root, RDF.type, SH.ValidationReport))
    graph.add((root, SH.conforms, Literal(report.conforms)))
    for number, result in enumerate(report.results):
        node = BNode(f"result{number}")
        graph.add((root, SH.result, node))
        _add_result(graph, node, result)
    return str(graph.serialize(format="turtle"))


def _add_result(graph: Graph, node: BNode, result: Result) -> None:
    graph.add((node, RDF.type, SH.ValidationResult))
    graph.add((node, SH.resultSeverity, SH[result.severity]))
    graph.add((node, SH.sourceShape, URIRef(result.rule) if ":" in result.rule else HERNE[result.rule]))
    graph.add((node, SH.resultMessage, Literal(result.message_de, lang="de")))
    graph.add((node, SH.resultMessage, Literal(result.message_en, lang="en")))
    graph.add((node, HERNE.remedy, Literal(result.remedy_de, lang="de")))
    graph.add((node, HERNE.remedy, Literal(result.remedy_en, lang="en")))
    graph.add((node, SH.focusNode, BNode() if result.focus == "_" else _uri(result.focus)))
    if result.path:
        graph.add((node, SH.resultPath, URIRef(result.path)))
    if result.value:
        graph.add((node, SH.value, Literal(result.value, datatype=XSD.string)))


def as_junit(report: Report, language: str = "de") -> str:
    """The report as JUnit XML: each dataset, series, service and catalogue is a test case that may fail.

    Warnings and infos stand in the case's output and fail nothing.
    """
    names = {(record.title, record.uri) for record in report.records}
    found = {
        key: list(rows) for key, rows in groupby(report.results, key=lambda row: (row.title, row.record))
    }
    suite = ET.Element("testsuite", name="ckan herne validate", tests=str(len(names | found.keys())))
    failed = 0
    for title, uri in sorted(names | found.keys()):
        case = ET.SubElement(suite, "testcase", name=_xml(title), classname=_xml(uri))
        rows = found.get((title, uri), [])
        failed += _add_failure(case, [row for row in rows if row.severity == "Violation"], language)
        if others := [row for row in rows if row.severity != "Violation"]:
            ET.SubElement(case, "system-out").text = _all_lines(others, language)
    suite.set("failures", str(failed))
    ET.indent(suite)
    return ET.tostring(suite, encoding="unicode", xml_declaration=True)


def _add_failure(case: ET.Element, violations: list[Result], language: str) -> bool:
    if violations:
        message = _xml("; ".join(dict.fromkeys(result.message(language) for result in violations)))
        failure = ET.SubElement(case, "failure", message=message, type=violations[0].rule)
        failure.text = _all_lines(violations, language)
    return bool(violations)


def _all_lines(results: list[Result], language: str) -> str:
    return _xml("\n".join(line for result in results for line in _lines(result, language)))


def _xml(text: str) -> str:
    """Metadata may hold control characters, XML may not."""
    return NOT_XML.sub("\ufffd", text)


def _uri(text: str) -> URIRef:
    """Foreign metadata may hold addresses that Turtle cannot write; those are escaped."""
    return URIRef(re.sub(r'[\x00-\x20<>"{}|^`\\]', lambda found: f"%{ord(found[0]):02X}", text))


@cache
def phrases(language: str) -> dict[str, str]:
    """The words of reports and messages in German, or English for a language that begins with `en`."""
    source = files("ckanext.herne.quality").joinpath("phrases.yaml").read_text("utf-8")
    column = "en" if language.startswith("en") else "de"
    return {key: texts[column] for key, texts in yaml.safe_load(source).items()}


FORMATS = {"text": as_text, "json": as_json, "turtle": as_turtle, "junit": as_junit}
