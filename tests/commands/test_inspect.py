from __future__ import annotations

import json
from datetime import timedelta

from bot.demo.images import (
    OCI_INDEX,
    Document,
    build_image,
    build_index,
    build_signature,
    layer,
)
from bot.demo.population import SIGNED, populate
from tests.factories import NOON
from tests.world import HOST, World, values, words


async def test_an_image_is_shown_with_all_that_belongs_to_it(bot: World) -> None:
    image = build_image(
        [layer("base", 900), layer("own", 400)],
        created=NOON - timedelta(days=2),
        env=("PATH=/bin", "TOKEN=hunter2"),
        labels={"org.opencontainers.image.title": "app"},
        entrypoint=("/bin/app",),
        command=("serve",),
        user="nobody",
        ports=("8080/tcp",),
    )
    digest = bot.sample.store("team/app", image, tags=("1.0", "stable"))
    reply = await bot.ask("inspect team/app:1.0")
    (found,) = map(values, reply.data)
    assert found["digest"] == str(digest)
    assert found["platforms"] == ["linux/amd64"]
    assert found["entrypoint"] == ["/bin/app"]
    assert found["env_names"] == ["PATH", "TOKEN"]
    assert found["labels"] == {"org.opencontainers.image.title": "app"}
    assert found["same_digest"] == ["stable"]
    assert found["referrers"] == []
    assert found["pull"] == f"docker pull {HOST}/team/app:1.0"
    assert isinstance(found["layers"], list)
    assert len(found["layers"]) == 2
    said = words(reply)
    for expected in ("/bin/app", "8080/tcp", "nobody", "stable", "2 layers", "TOKEN"):
        assert expected in said
    assert "hunter2" not in said + repr(reply.data)


async def test_an_index_is_shown_platform_by_platform(bot: World) -> None:
    both = ("linux/amd64", "linux/arm64")
    bot.sample.push("app", "1", platforms=both)
    reply = await bot.ask("inspect app:1")
    (found,) = map(values, reply.data)
    manifests = found["manifests"]
    assert isinstance(manifests, list)
    assert [each["platform"] for each in manifests] == list(both)
    assert all(each["size"] for each in manifests)
    assert "1 layer of linux/amd64" in words(reply)


async def test_a_missing_platform_is_said(bot: World) -> None:
    bot.sample.push("app", "1", platforms=("linux/amd64", "linux/arm64"))
    (found,) = map(values, (await bot.ask("inspect app:1")).data)
    manifests = found["manifests"]
    assert isinstance(manifests, list)
    bot.sample.remove("app", manifests[1]["digest"])
    reply = await bot.ask("inspect app:1")
    assert reply.ok
    assert "The index is damaged" in words(reply)


async def test_without_a_tag_latest_is_meant_where_there_is_one(bot: World) -> None:
    bot.sample.push("app", "1.0")
    missing = await bot.ask("inspect app")
    assert not missing.ok
    assert "app has no tag latest" in missing.summary
    assert "Its tags: 1.0" in missing.summary
    bot.sample.push("app", "latest")
    reply = await bot.ask("inspect app")
    assert values(reply.data[0])["reference"] == "latest"


async def test_a_digest_is_a_reference_too(bot: World) -> None:
    digest = bot.sample.push("app", "1.0")
    reply = await bot.ask(f"inspect app@{digest}")
    assert values(reply.data[0])["same_digest"] == ["1.0"]
    assert values(reply.data[0])["pull"] == f"docker pull {HOST}/app@{digest}"
    missing = await bot.ask("inspect app@sha256:" + "a" * 64)
    assert not missing.ok
    assert "has no manifest sha256:aaaaaaaaaaaa" in missing.summary


async def test_an_untagged_manifest_is_found_by_digest(bot: World) -> None:
    digest = bot.sample.push("app", "1.0")
    bot.sample.remove("app", "1.0")
    bot.sample.become(emptied_unknown=True)
    assert (await bot.ask(f"inspect app@{digest}")).ok


async def test_a_mistyped_tag_is_answered_with_a_guess(bot: World) -> None:
    bot.sample.push("app", "1.4.2")
    reply = await bot.ask("inspect app:1.4.3")
    assert not reply.ok
    assert reply.summary == "app has no tag 1.4.3. Did you mean 1.4.2?"


async def test_a_tag_like_no_other_is_answered_with_those_there_are(
    bot: World,
) -> None:
    bot.sample.push("app", "1.4.2")
    assert "Its tags: 1.4.2." in (await bot.ask("inspect app:zzzzzz")).summary
    bot.sample.remove("app", "1.4.2")
    assert "It has no tags." in (await bot.ask("inspect app:1.4.2")).summary
    assert "It has no tags at all." in (await bot.ask("inspect app")).summary
    assert "no repository nope" in (await bot.ask("inspect nope")).summary


async def test_a_registry_that_goes_down_meanwhile_is_an_error(bot: World) -> None:
    bot.sample.push("app", "1")
    bot.sample.faults.fail("GET", "referrers", times=None, status=503)
    assert not (await bot.ask("inspect app:1")).ok


async def test_signatures_are_named(bot: World) -> None:
    populate(bot.sample, bot.clock)
    repository, tag = SIGNED
    reply = await bot.ask(f"inspect {repository}:{tag}")
    referrers = values(reply.data[0])["referrers"]
    assert isinstance(referrers, list)
    # One under the fallback tag, and one under cosign's own older tag.
    assert [each["name"] for each in referrers] == ["cosign signature"] * 2
    said = words(reply)
    assert "2: cosign signature (2)" in said
    for each in referrers:
        assert str(each["digest"])[:19] in said


async def test_signature_tags_are_no_releases(bot: World) -> None:
    populate(bot.sample, bot.clock)
    repository, tag = SIGNED
    stored = bot.sample.tags(repository)
    assert any(each.endswith(".sig") for each in stored)
    listed = [values(row)["tag"] for row in (await bot.ask(f"tags {repository}")).data]
    assert tag in listed
    assert not any(str(each).startswith("sha256-") for each in listed)


async def test_a_signature_tag_can_be_looked_at_and_says_of_what(bot: World) -> None:
    populate(bot.sample, bot.clock)
    repository, tag = SIGNED
    signed = bot.sample.digest(repository, tag)
    own = next(each for each in bot.sample.tags(repository) if each.endswith(".sig"))
    reply = await bot.ask(f"inspect {repository}:{own}")
    assert values(reply.data[0])["subject"] == str(signed)
    assert "Is cosign signature" in words(reply)


async def test_what_buildkit_attests_stands_beside_the_platforms(bot: World) -> None:
    image = build_image([layer("x", 300)])
    proof = build_image([layer("proof", 100)])
    descriptor = proof.manifest.descriptor(
        platform={"architecture": "unknown", "os": "unknown"},
        annotations={
            "vnd.docker.reference.type": "attestation-manifest",
            "vnd.docker.reference.digest": image.manifest.digest,
        },
    )
    index = json.loads(build_index([image]).manifest.body)
    index["manifests"].append(descriptor)
    bot.sample.store("app", image)
    bot.sample.store("app", proof)
    bot.sample.store(
        "app", Document(OCI_INDEX, json.dumps(index).encode()), tags=("1",)
    )
    reply = await bot.ask("inspect app:1")
    (found,) = map(values, reply.data)
    assert found["platforms"] == ["linux/amd64"]
    assert isinstance(found["manifests"], list)
    assert [each["platform"] for each in found["manifests"]] == ["linux/amd64"]
    assert isinstance(found["attestations"], list)
    assert [each["of"] for each in found["attestations"]] == [image.manifest.digest]
    assert "1 attestation in the index" in words(reply)


async def test_a_list_of_referrers_that_breaks_off_is_said(bot: World) -> None:
    bot.sample.push("app", "1")
    headers = (("content-type", OCI_INDEX),)
    bot.sample.faults.fail("GET", "referrers", status=200, headers=headers, body=b"{")
    reply = await bot.ask("inspect app:1")
    assert reply.ok
    assert values(reply.data[0])["referrers"] is None
    assert "the registry would not tell: The manifest the registry" in words(reply)


async def test_a_registry_that_hides_referrers_says_so(bot: World) -> None:
    bot.sample.push("app", "1")
    bot.sample.faults.fail("GET", "referrers", times=None, status=403, code="DENIED")
    reply = await bot.ask("inspect app:1")
    assert reply.ok
    assert values(reply.data[0])["referrers"] is None
    assert "the registry would not tell" in words(reply)


async def test_a_signature_itself_can_be_looked_at(bot: World) -> None:
    image = build_image([layer("x", 300)])
    bot.sample.store("app", image, tags=("1",))
    signature = build_signature(image.manifest, with_subject=True)
    digest = bot.sample.store("app", signature)
    reply = await bot.ask(f"inspect app@{digest}")
    assert reply.ok
    assert image.manifest.digest in words(reply)
