"""The card of the judges: measured by `selfsown judge report` into one JSON object, and written from that object alone.

`bench` holds what is measured with; `human`, `broken`, `attacked`, `reliability`, `sameness` and `cost` measure a part
each; `goals` decides; `page`, `sections` and `pictures` read nothing but the object. Needs the extra `evaluate`.
"""
