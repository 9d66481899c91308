"""Name day: best wishes to whom another system says has one, and once more only to those who came to look."""

from datetime import timedelta
from functools import partial

from saleor_mailflow.flows.definition import Ending, Flow, Purpose
from saleor_mailflow.flows.steps import Exit, Send, WaitFor
from saleor_mailflow.flows.triggers import Happened
from saleor_mailflow.messages.examples import example_of
from saleor_mailflow.messages.facts import shop_facts
from saleor_mailflow.messages.registry import RegisteredTemplate, add_templates

DAY = timedelta(days=1)
WISHES, MORE = "name_day/wishes", "name_day/more"
add_templates(__name__, [
    RegisteredTemplate(key=key, purpose="marketing", known=partial(example_of, key), facts=shop_facts)
    for key in (WISHES, MORE)
])  # fmt: skip
NAME_DAY = Flow(
    key="name_day", name="Name day", description="Best wishes, and an idea to those who came to look.",
    purpose=Purpose.MARKETING, once_per=300 * DAY, ends=(Ending.ORDERED,),
    trigger=Happened(event="custom", of="name_day"),
    steps=(
        Send(id="wishes", template=WISHES, lateness=DAY),
        WaitFor(id="looked", event="mail.clicked", of="wishes", timeout=3 * DAY, otherwise=(Exit(id="enough"),)),
        Send(id="more", template=MORE, lateness=2 * DAY),
    ),
)  # fmt: skip
