"""Where somebody is taken who opens the address of a form: to the page that has the form, instead of a bare refusal."""

import re

# A reload after a form came back, a bookmark, a link that was copied from there. Scripts' addresses have no page.
_PAGES = (
    (re.compile(r"(/check-ins/[^/]+)/(?:conclusion|correction)"), r"\1/review"),
    (re.compile(r"(/check-ins/[^/]+)/(?:link|call-off|missed)"), r"\1"),
    (re.compile(r"(/people/[^/]+)/check-ins"), r"\1"),
    (re.compile(r"(/accounts)/(?:staff|units(?:/[^/]+/phone)?|posts(?:/[^/]+/end)?)"), r"\1"),
    (re.compile(r"(/devices/[^/]+)/(?:renew|revoke)"), r"\1"),
    (re.compile(r"(/lessons/[^/]+)/(?:call-off|links(?:/[^/]+)?)"), r"\1"),
    (re.compile(r"()/(?:sign-out|language)"), r"\1/"),
)


def page_of(path: str) -> str | None:
    """The page whose form is sent to `path`; None where there is none."""
    for address, page in _PAGES:
        if found := address.fullmatch(path):
            return found.expand(page)
    return None
