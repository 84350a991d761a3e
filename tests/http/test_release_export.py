"""The release as one data package: valid, whole, the same for the same data, from the API and the command line alike."""

import csv
import hashlib
import io
import zipfile
from pathlib import Path

import frictionless
import httpx
import orjson
import pytest
from typer.testing import CliRunner

from app.cli import cli
from tests.conftest import CATALOGUE


@pytest.fixture(scope="module")
def package(client: httpx.Client) -> zipfile.ZipFile:
    response = client.get("/v1/export")
    assert response.status_code == 200
    assert response.headers["content-type"] == "application/zip"
    return zipfile.ZipFile(io.BytesIO(response.content))


def rows(package: zipfile.ZipFile, name: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(package.read(f"data/{name}.csv").decode(), newline="")))


def test_it_is_valid_by_the_specification(package: zipfile.ZipFile, tmp_path: Path) -> None:
    package.extractall(tmp_path)
    limit = csv.field_size_limit()
    report = frictionless.validate(str(tmp_path / "datapackage.json"))
    csv.field_size_limit(limit)  # frictionless raises it for the whole process, in which other tests read CSV
    assert report.valid, report.flatten(["type", "note"])
    assert len(report.tasks) == len(orjson.loads(package.read("datapackage.json"))["resources"])


def test_every_file_has_its_checksum(package: zipfile.ZipFile) -> None:
    lines = package.read("SHA256SUMS").decode().splitlines()
    sums = {name: digest for digest, _, name in (line.partition("  ") for line in lines)}
    assert set(sums) == set(package.namelist()) - {"SHA256SUMS"}
    for name, digest in sums.items():
        assert hashlib.sha256(package.read(name)).hexdigest() == digest


def test_it_holds_every_record_link_and_citation(package: zipfile.ZipFile, client: httpx.Client) -> None:
    for resource in CATALOGUE.resources:
        if resource.is_kind or not resource.is_record:
            found = rows(package, resource.name)
            assert len(found) == client.get(f"/v1/{resource.name}?limit=1").json()["page"]["total"]
            assert list(found[0]) == list(resource.fields)
    links, citations = rows(package, "links"), rows(package, "citations")
    isaf = client.get("/v1/missions/isaf").json()
    faced = [link["object"] for link in links if (link["subject"], link["predicate"]) == ("mission:isaf", "faced")]
    assert faced == [link["id"] for link in isaf["links"]["faced"]]
    assert len([cite for cite in citations if cite["record"] == "mission:isaf"]) == len(isaf["citations"])
    assert all(bool(cite["passage"]) != bool(cite["locator"]) for cite in citations)
    assert len(rows(package, "passages")) == 151
    parts = client.get("/v1/case-studies?include=parts").json()["data"]
    assert len(rows(package, "case-study-parts")) == sum(len(study["parts"]) for study in parts)


def test_it_names_sources_licences_and_what_it_is_not(package: zipfile.ZipFile, client: httpx.Client) -> None:
    readme = package.read("README.md").decode()
    assert "not endorsed by the United Nations" in readme
    for source in client.get("/v1/sources").json()["data"]:
        assert source["name"] in readme
        assert (source["licence"] or "not stated") in readme


def test_equal_data_make_equal_bytes_and_the_command_line_makes_them_too(
    client: httpx.Client, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    served = client.get("/v1/export").content
    assert client.get("/v1/export").content == served
    monkeypatch.setenv("CASEBOOK_DATABASE_URL", database_url)
    result = CliRunner().invoke(cli, ["export", str(tmp_path / "casebook.zip")])
    assert result.exit_code == 0, result.output
    assert (tmp_path / "casebook.zip").read_bytes() == served
