"""What a mail server's refusal says: whether the address is to blame, or we are.

Blamed for a policy that refuses the library's server, every patron's address would look wrong at
once, and be shown as wrong to patrons and staff. An enhanced code (RFC 3463) decides, else the
three digits.
"""

import re

# Where three digits are all there is (RFC 5321, section 4.2.3; RFC 7504): no such mailbox, moved,
# full, misnamed; a domain without mail. 554 and the rest say nothing about the address.
ABOUT_THE_ADDRESS = frozenset({550, 551, 552, 553, 556})
# Enhanced codes (RFC 3463, and the IANA registry of them): addressing, mailbox, routing …
SUBJECTS_OF_THE_ADDRESS = frozenset({1, 2, 4})
# … except these: the sender's address, the sender's system, a message too long for the mailbox.
NOT_THE_ADDRESS = frozenset({"1.7", "1.8", "2.3"})
ENHANCED = re.compile(r"\s*5\.(\d{1,3})\.(\d{1,3})\b")


def is_about_the_address(code: int, answer: str) -> bool:
    """Return whether a refusal for good (5xx) is about the recipient's address.

    `answer` is the server's text behind the code; where it begins with an enhanced code, that
    decides, because servers answer 550 to a policy (5.7.1) and to an unknown mailbox (5.1.1).
    """
    found = ENHANCED.match(answer)
    if found is None:
        return code in ABOUT_THE_ADDRESS
    subject, detail = map(int, found.groups())
    return subject in SUBJECTS_OF_THE_ADDRESS and f"{subject}.{detail}" not in NOT_THE_ADDRESS
