"""What people copy to start from is right."""

from __future__ import annotations

from pathlib import Path

from bot.config import load_settings

DEPLOY = Path(__file__).resolve().parent.parent / "deploy"


def test_example_settings_are_understood_and_can_approve() -> None:
    example = DEPLOY / "registry-bot.example.toml"

    settings = load_settings({"REGISTRY_BOT_CONFIG": str(example)})

    assert list(settings.all_registries) == ["default"]
    assert settings.approvals.approvers
    assert settings.protect.tags == ("latest",)
