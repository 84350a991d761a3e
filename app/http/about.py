"""The name of the service, its description, and example questions."""

NAME = "Casebook"
NOTICE = "Unofficial; not endorsed by the United Nations."
WHAT = "A knowledge API on peacekeeping and security sector reform. Every record and every link cites the place it comes from."
QUESTIONS = (
    (
        "Which operations of the United Nations in Africa since 1990 have security sector reform in their mandate?",
        "/v1/missions?region=Africa&established__gte=1990&mandate_task=ssr&lead_organization=un",
    ),
    (
        "How many resolutions on security sector reform did the Security Council adopt in each year?",
        "/v1/resolutions/stats?group_by=adopted_year&subject=security_sector_reform",
    ),
    (
        "Which missions do the article and the official record disagree about, and why?",
        "/v1/missions?verification=disputed&include=citations",
    ),
    (
        "In which years did UNMIT assist police reform, and together with other international actors?",
        "/v1/activities?mission=unmit&activity=police_reform&engagement=assist&fields=year&fields=with_international_actors",
    ),
    ("What did ISAF face, what did it teach, which of it is disputed, and which passage says so?", "/v1/missions/isaf"),
    ("Which missions met insurgent resistance?", "/v1/missions?challenge=insurgent-resistance"),
    ("How much of the article is cited, and by what?", "/v1/sources/ssr-article/passages?include=cited_by"),
)
"""Each with the request that answers it."""
