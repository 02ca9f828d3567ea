"""A copy of somebody's data in plain words: kinds of records, their fields, and the codes in them."""

from collections.abc import Callable
from datetime import date, datetime

from safemap.audit.words import DEEDS, KINDS, PURPOSES
from safemap.hazards.categories import CATEGORY_BY_CODE
from safemap.hazards.life import ACTOR_NAMES, STAGE_NAMES, TOGETHER_NAMES, WHY_NAMES
from safemap.hazards.rules import NOTICED_NAMES, SEVERITY_NAMES, TEXT_STATE_NAMES, VISIBILITY_NAMES
from safemap.hazards.rules import STATE_NAMES as REPORT_STATE_NAMES
from safemap.i18n import LANGUAGES, mark
from safemap.identity.rules import ROLE_NAMES, VERB_NAMES
from safemap.media.rules import PHOTO_STATE_NAMES
from safemap.privacy.rules import ASK_NAMES, FIELD_NAMES, REFUSALS, STATE_NAMES, STEP_NAMES
from safemap.privacy.schemas import Parts

PARTS = {
    "account": mark("Account"),
    "roles": mark("Roles"),
    "reports": mark("Report"),
    "updates": mark("What became of the report"),
    "photos": mark("Photos"),
    "sessions": mark("Sessions"),
    "browsers": mark("Browsers that are known"),
    "agencies": mark("Accounts at agencies"),
    "tokens": mark("Tokens for programs"),
    "links": mark("Mailed links"),
    "invitations": mark("Invitations"),
    "letters": mark("Letters"),
    "requests": mark("Requests about personal data"),
    "request_steps": mark("History of the requests"),
    "notices": mark("Notices answered"),
    "deeds": mark("What was done, by you or to your record"),
    "seen_by": mark("Who saw your record"),
    "looked_at": mark("What personal data you looked at"),
}
FIELDS = {
    "account": mark("Number of the account"),
    "name": mark("Name"),
    "email": mark("E-mail address"),
    "language": mark("Language"),
    "created_at": mark("Made"),
    "signed_in_at": mark("Last signed in"),
    "disabled_at": mark("Closed"),
    "disabled_reason": mark("Why closed"),
    "has_password": mark("Has a password"),
    "has_second_factor": mark("Has a second factor"),
    "paper_codes_left": mark("Recovery codes left"),
    "role_id": mark("Number of the role"),
    "role": mark("Role"),
    "scope": mark("Reach"),
    "place": mark("Place"),
    "starts_on": mark("From"),
    "ends_on": mark("Until"),
    "ended_at": mark("Ended"),
    "reviewed_at": mark("Last confirmed"),
    "begun_at": mark("Begun"),
    "seen_at": mark("Last seen"),
    "ends_at": mark("Kept or good until"),
    "browser": mark("Browser"),
    "second_factor_at": mark("Second factor passed"),
    "agency": mark("Agency"),
    "subject": mark("Subject"),
    "made_at": mark("Made"),
    "used_at": mark("Used"),
    "verbs": mark("May"),
    "accepted_at": mark("Accepted"),
    "purpose": mark("What for"),
    "sent_at": mark("Sent"),
    "failed_at": mark("Given up"),
    "number": mark("Number of the request"),
    "ask": mark("Asked for"),
    "state": mark("State"),
    "field": mark("About"),
    "value": mark("What would be right"),
    "words": mark("Words"),
    "words_state": mark("State of the words"),
    "refusal": mark("Reason of refusal"),
    "received_at": mark("Received"),
    "due_on": mark("Due"),
    "confirmed_at": mark("Confirmed"),
    "extended_at": mark("Extended"),
    "decided_at": mark("Decided"),
    "closed_at": mark("Closed"),
    "at": mark("When"),
    "notice_version": mark("Version of the notice"),
    "basis": mark("On what it stands"),
    "controller": mark("Who collects it"),
    "asked_at": mark("Asked"),
    "withdrawn_at": mark("Withdrawn"),
    "roles": mark("In which role"),
    "verb": mark("What was done"),
    "kind": mark("Kind of record"),
    "record": mark("Number of the record"),
    "records": mark("How many"),
    "report": mark("Number of the report"),
    "photo": mark("Number of the photo"),
    "photo_state": mark("State of the photo"),
    "width_px": mark("Width in dots"),
    "height_px": mark("Height in dots"),
    "times_covered": mark("How often parts of it were covered"),
    "category": mark("Category"),
    "severity": mark("How bad"),
    "noticed_at": mark("When it is unsafe"),
    "is_public_place": mark("At a public place"),
    "accuracy_m": mark("Exact to (m)"),
    "lon": mark("Longitude"),
    "lat": mark("Latitude"),
    "reported_at": mark("Reported"),
    "state_since": mark("In this state since"),
    "fixed_at": mark("Fixed"),
    "stage": mark("How it stands"),
    "visibility": mark("Who sees it"),
    "happened_at": mark("Seen"),
    "weekdays": mark("Days"),
    "from_hour": mark("From the hour"),
    "until_hour": mark("Until the hour"),
    "asset_number": mark("Number on the pole"),
    "by": mark("Said by"),
    "reason": mark("Reason"),
    "supporters": mark("How many others say so too"),
    "has_link": mark("Has a link of its reporter's"),
}
BASES = {"consent": mark("consent"), "duty": mark("statutory duty")}
SCOPES = {
    "village": mark("Village"),
    "community": mark("Community"),
    "precinct": mark("Police precinct"),
    "county": mark("County"),
    "country": mark("Whole country"),
}
YES, NO = mark("yes"), mark("no")

# Codes that mean the same in whatever part they stand.
CODES: dict[str, dict[str, str]] = {
    "role": {role.value: name for role, name in ROLE_NAMES.items()},
    "scope": SCOPES,
    "ask": {ask.value: name for ask, name in ASK_NAMES.items()},
    "field": {field.value: name for field, name in FIELD_NAMES.items()},
    "refusal": {why.value: name for why, name in REFUSALS.items()},
    "basis": BASES,
    "kind": KINDS,
    "purpose": PURPOSES,
    "disabled_reason": PURPOSES,
    "photo_state": {state.value: name for state, name in PHOTO_STATE_NAMES.items()},
    "words_state": {state.value: name for state, name in TEXT_STATE_NAMES.items()},
    "category": {code: category.name for code, category in CATEGORY_BY_CODE.items()},
    "severity": {severity.value: name for severity, name in SEVERITY_NAMES.items()},
    "stage": {stage.value: name for stage, name in STAGE_NAMES.items()},
    "by": {actor.value: name for actor, name in ACTOR_NAMES.items()},
    "reason": {why.value: name for names in (WHY_NAMES, TOGETHER_NAMES) for why, name in names.items()},
    "visibility": {visibility.value: name for visibility, name in VISIBILITY_NAMES.items()},
    "noticed_at": {noticed.value: name for noticed, name in NOTICED_NAMES.items()},
}
STATES = {
    "reports": {state.value: name for state, name in REPORT_STATE_NAMES.items()},
    "requests": {state.value: name for state, name in STATE_NAMES.items()},
    "request_steps": {state.value: name for state, name in STEP_NAMES.items()},
}
LISTS = {"roles": CODES["role"], "verbs": {verb.value: name for verb, name in VERB_NAMES.items()}}

UNSAID = {("letters", "purpose"), ("photos", "picture")}
"""What only the file says: a letter's subject tells more; a photo's bytes are for a program."""

Row = list[tuple[str, str]]


def in_words(
    parts: Parts, say: Callable[[str], str], hour: Callable[[datetime], str], day: Callable[[date], str]
) -> list[tuple[str, list[Row]]]:
    """Return a copy as its owner reads it: each part's name and rows, each row's fields with their names.

    Empty fields are left out.
    """

    def worded(part: str, row: dict[str, object], field: str) -> str:
        value = row[field]
        if isinstance(value, bool):
            return say(YES if value else NO)
        if isinstance(value, datetime):
            return hour(value)
        return day(value) if isinstance(value, date) else _code_in_words(part, row, field, say)

    return [
        (
            say(PARTS[part]) if part in PARTS else part,
            [
                [
                    (say(FIELDS[field]) if field in FIELDS else field, worded(part, row, field))
                    for field, value in row.items()
                    if value not in {None, ""} and (part, field) not in UNSAID
                ]
                for row in rows
            ],
        )
        for part, rows in parts.items()
    ]


def _code_in_words(part: str, row: dict[str, object], field: str, say: Callable[[str], str]) -> str:
    text = str(row[field])
    if field in LISTS:
        return ", ".join(say(LISTS[field].get(one.strip(), one)) for one in text.split(","))
    if field == "verb":
        codes = {text: DEEDS.get((str(row["kind"]), text), "")}
    elif field == "state":
        codes = STATES.get(part, {})
    else:
        codes = CODES.get(field, {})
    return say(codes[text]) if codes.get(text) else LANGUAGES.get(text, text) if field == "language" else text
