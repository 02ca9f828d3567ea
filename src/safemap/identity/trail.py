"""What is done with accounts and roles, and who saw them, goes into the audit trail through these two functions."""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from safemap.audit.rules import Access, Deed, Detail
from safemap.audit.service import record, record_access
from safemap.identity.rules import Role, Viewer


def note(
    session: Session,
    verb: str,
    kind: str,
    of: str = "",
    *,
    by: Viewer | int | None = None,
    village_id: int | None = None,
    purpose: str = "",
    **details: Detail,
) -> None:
    """Note a deed with the session's commit.

    Parameters
    ----------
    of
        The public id of the person it was done to; never a name or an address.
    by
        The viewer who did it, or the number of a person who acted on their own account; None: safemap itself.
    """
    viewer = Viewer(person_id=by) if isinstance(by, int) else by or Viewer()
    record(
        session,
        Deed(
            verb,
            kind,
            of,
            actor=viewer.person_id,
            actor_roles=tuple(sorted(viewer.roles - {Role.VISITOR})),
            village_id=village_id,
            purpose=purpose,
            details=details,
        ),
    )


def note_seen(
    session: Session, viewer: Viewer, public_ids: Sequence[str], purpose: str, *, kind: str = "person"
) -> None:
    """Note with the session's commit that a viewer saw personal records: of people, unless another kind is named."""
    roles = tuple(sorted(viewer.roles - {Role.VISITOR}))
    record_access(session, Access(kind, tuple(public_ids), purpose, actor=viewer.person_id, actor_roles=roles))
