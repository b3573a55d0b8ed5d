"""Whatever is put into any parameter of any page, the site answers it: `make fuzz`.

Not collected with the tests. `people` prepares browsers in every state of the journey, `walk` finds
the pages and what each of them reads, `inputs` makes up what is sent, `wire` sends it through the
site's WSGI application, `attack` counts what came back.
"""
