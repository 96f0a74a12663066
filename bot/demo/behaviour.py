"""What kind of server the sample registry is."""

from __future__ import annotations

from dataclasses import dataclass, field

from pydantic import SecretStr


@dataclass(frozen=True)
class Behaviour:
    """What kind of server this is; the default is 2.8.2 with deletion on.

    Attributes:
        delete_enabled: `storage.delete.enabled`; without it deletions answer 405.
        tag_deletion: `DELETE manifests/TAG` removes the tag alone, as from 3.0 on.
        tag_deletion_always: … even where deletion is off, as in 3.0.0 to 3.1.0.
        late_deletion: how many more reads of a repository (tag lists and manifests)
            still show what a deletion has already answered 202 for, as on pulp.
        ignored_deletion: answer 202 to deletions and do nothing.
        read_only: writes answer 405 without JSON.
        emptied_unknown: the tag list of an emptied repository is 404 NAME_UNKNOWN
            rather than `null`.
        link_on_full_page: a full last page of the catalog carries a `Link` to an empty
            one, as on servers that do not look ahead.
        page_limit: largest `n` the catalog takes.
        referrers_api: answers `GET referrers/DIGEST` and says so on a PUT, as OCI 1.1
            has it; 2.8 knows no such path.
        username: where set, every request must bring it and the password (basic).
        password: never shown.
        realm: of the challenge.
    """

    delete_enabled: bool = True
    tag_deletion: bool = False
    tag_deletion_always: bool = False
    late_deletion: int = 0
    ignored_deletion: bool = False
    read_only: bool = False
    emptied_unknown: bool = False
    link_on_full_page: bool = False
    page_limit: int = 1000
    referrers_api: bool = False
    username: str = ""
    password: SecretStr = field(default_factory=lambda: SecretStr(""))
    realm: str = "sample-registry"
