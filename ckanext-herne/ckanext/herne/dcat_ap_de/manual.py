"""The manual's table of all properties, made from the mapping: `python -m ckanext.herne.dcat_ap_de.manual`.

Prints docs/dcat-ap-de.md (Markdown, German). A test compares the file with what this module prints.
"""

from collections.abc import Iterator

from ckanext.herne.dcat_ap_de.mapping import NodeClass, Property, mapping
from ckanext.herne.dcat_ap_de.vocabulary import names, vocabulary

OBLIGATIONS = {"mandatory": "Pflicht", "recommended": "empfohlen", "optional": "optional"}
CLASSES = {
    "Catalog": "Katalog",
    "Dataset": "Datensatz",
    "DatasetSeries": "Datensatzserie",
    "DataService": "Datenservice",
    "Distribution": "Distribution (Datei oder Link)",
    "PeriodOfTime": "Zeitraum",
    "Location": "Standort",
    "Agent": "Verantwortliche Stelle",
    "Kind": "Kontaktinformationen",
    "Identifier": "Identifier",
    "Checksum": "Prüfsumme",
    "CatalogRecord": "Katalogeintrag",
    "Relationship": "Beziehung",
    "Attribution": "Rollenzuordnung",
}
SOURCES = {
    "derived:own_uri": "die eigene Adresse",
    "derived:dataset_page": "die Seite im Portal",
    "derived:download_url": "die Adresse der Datei",
    "derived:extension": "die Endung des Dateinamens",
    "derived:media_type": "das Format",
    "derived:hash_algorithm": "die Länge der Prüfsumme",
    "derived:service": "der Link, wenn das Format ein Dienst ist (WMS, WFS, …)",
    "settings:publisher": "der Herausgeber des Portals",
    "settings:contact": "der Kontakt des Portals",
    "settings:contributor_id": "die Einstellung `ckanext.herne.contributor_id`",
    "settings:licence": "die Einstellung `ckanext.herne.license`",
    "utc:metadata_created": "das Anlegen im Portal",
    "utc:metadata_modified": "die letzte Änderung im Portal",
    "utc:last_modified": "das Hochladen der Datei",
    "utc:created": "das Anlegen im Portal",
    "dataset_modified": "die Änderung der Daten",
}
HEAD = """# DCAT-AP.de 3.0: alle Eigenschaften

Diese Seite ist aus `mapping.yaml` erzeugt (`make docs`). Sie zeigt für jede Klasse der Spezifikation, welches
Feld des Portals welche Eigenschaft füllt. Alle 147 Eigenschaften der 14 Klassen werden unterstützt: Jede
Zeile ist ein Testfall in `tests/dcat_ap_de/test_specification.py` (geschrieben, gelesen, Pflicht und Anzahl
wie in der Spezifikation). Veraltete Eigenschaften werden gelesen, zum Beispiel beim Umzug aus einem alten
Portal, und nie geschrieben.

**Feld** ist der Name in der API. Texte haben daneben `FELD_translated` mit weiteren Sprachen
(`{"en": "…"}`). **Sonst** sagt, woher der Wert kommt, wenn das Feld leer ist.
"""
CATALOGUE_SOURCES = """Die Angaben zum Katalog stammen aus den Einstellungen des Portals; `dataset`, `service`
und `record` sind die veröffentlichten Einträge. Was darüber hinausgeht, steht in der YAML-Datei, die
`ckanext.herne.catalogue_file` nennt.
"""


def manual() -> str:
    """The whole page."""
    parts = [HEAD]
    for name, title in CLASSES.items():
        parts.append("\n".join(_section(mapping().classes[name], title)))
    parts.append("\n".join(_vocabularies()))
    return "\n".join(parts)


def _section(node_class: NodeClass, title: str) -> Iterator[str]:
    yield f"## {title} (`{mapping().short(str(node_class.types[0]))}`)\n"
    yield "| Eigenschaft | Name | Verbindlichkeit | Anzahl | Werteliste | Feld | Sonst |"
    yield "|---|---|---|---|---|---|---|"
    own = [prop for prop in node_class.properties if not prop.borrowed]
    yield from (_line(prop) for prop in own)
    yield ""
    borrowed = [f"`{prop.field}`" for prop in node_class.properties if prop.borrowed]
    if node_class.name == "Catalog":
        yield CATALOGUE_SOURCES
    if borrowed:
        yield f"Dazu, wie beim Datensatz: {', '.join(borrowed)}.\n"
    former = [line for line in node_class.former if line.field in {prop.field for prop in own}]
    if former:
        yield "| Früher | Stand in 3.0 | Wird gelesen in |"
        yield "|---|---|---|"
        for line in former:
            state = "veraltet" if line.deprecated else "entfernt oder nie Teil"
            yield f"| `{mapping().short(str(line.predicate))}` | {state} | `{line.field}` |"
        yield ""


def _line(prop: Property) -> str:
    label = prop.de + (f" (aus {prop.described_in})" if prop.described_in else "")
    count = prop.cardinality.replace("..", "–").replace("n", "∞")
    sources = ", sonst ".join(source_text(source) for source in prop.otherwise)
    target = f"`{prop.vocabulary}`" if prop.vocabulary else "Lizenzen" if prop.kind == "licence" else ""
    cells = (
        f"`{mapping().short(str(prop.predicate))}`",
        label,
        OBLIGATIONS[prop.obligation],
        count,
        target,
        f"`{prop.field}`",
        sources,
    )
    return f"| {' | '.join(cells)} |"


def source_text(source: str) -> str:
    """Where a value comes from when its field is empty, in German."""
    if source in SOURCES:
        return SOURCES[source]
    place, _, name = source.rpartition(":")
    return f"`{name}` des Datensatzes" if place == "dataset" else f"`{name}`"


def _vocabularies() -> Iterator[str]:
    yield "## Wertelisten\n"
    yield "| Liste | Verwendung | Einträge | Quelle | Stand |"
    yield "|---|---|---|---|---|"
    for name in names():
        about = vocabulary(name).about
        yield f"| `{name}` | {about.use} | {len(vocabulary(name).terms)} | {about.source} | {about.date} |"
    yield ""


if __name__ == "__main__":
    print(manual(), end="")
