"""办事指南 and 机构名录."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from yibao.errors import NotFoundError
from yibao.guide.catalogue import Catalogue, ListedInstitution
from yibao.guide.drugs import (
    CLASSES,
    EDITION_SAID,
    PARTS,
    catalogue_areas,
    editions_of,
    find_drugs,
)
from yibao.inquiry.calculators import Context
from yibao.inquiry.institution_class import class_of_grade
from yibao.messages import Wording, message
from yibao.policy.model import Words
from yibao.portal.rendering import Pages
from yibao.portal.security import fields_of

_FIELDS = {
    "level": message("等级"),
    "department": message("科室"),
    "district": message("区县"),
    "address": message("地址"),
    "designated": message("医保定点"),
    "phone": message("电话"),
    "founded": message("建院"),
    "departments_count": message("科室数"),
    "doctors_count": message("医生数"),
    "mention": message("来源提到"),
}


class GuidePages:
    """Shows how to do things, and where."""

    def __init__(
        self, pages: Pages, catalogue: Catalogue, area: str, context: Callable[[], Context]
    ) -> None:
        self._pages = pages
        self._context = context
        self._catalogue = catalogue
        self._area = area

    async def index(self, request: Request) -> Response:
        """Guides of an area, by task."""
        asked = fields_of(request.url.query)
        catalogue = self._catalogue
        asked_area = asked.get("area", "") or self._area
        task, channel = asked.get("task", ""), asked.get("channel", "")
        try:
            area = catalogue.area(asked_area)
            guides = catalogue.guides(area.code, task or None, channel or None)
        except NotFoundError:
            raise HTTPException(404) from None
        groups: dict[str, list[object]] = {}
        for guide in guides:
            groups.setdefault(guide.task, []).append(guide)
        served = sorted({guide.area for guide in catalogue.all_guides})
        values = {
            "area": area,
            "areas": [catalogue.areas[code] for code in served],
            "task": task,
            "channel": channel,
            "tasks": list(catalogue.tasks.values()),
            "channels": catalogue.channels,
            "groups": [(catalogue.tasks[name], guides) for name, guides in groups.items()],
        }
        return self._pages.page(request, "guides.html", message("办事指南"), values)

    async def guide(self, request: Request) -> Response:
        """One guide, step by step."""
        guide_id = request.path_params["id"]
        catalogue = self._catalogue
        guide = next(
            (candidate for candidate in catalogue.all_guides if candidate.id == guide_id), None
        )
        if guide is None:
            raise HTTPException(404)
        values = {
            "guide": guide,
            "warnings": catalogue.warnings(guide, guide.area),
            "task": catalogue.tasks[guide.task],
            "channel": catalogue.channels[guide.channel],
            "area": catalogue.areas[guide.area],
            "audience": [catalogue.audiences[name] for name in guide.audience],
            "notice": catalogue.notice,
        }
        title = Words(guide.title.zh, guide.title.en)
        return self._pages.page(request, "guide.html", title, values)

    async def catalogue(self, request: Request) -> Response:
        """Drugs of the national catalogue by name, pinyin, class and form."""
        asked = fields_of(request.url.query)
        words, form = asked.get("q", "").strip()[:40], asked.get("form", "").strip()[:20]
        item_class = asked.get("class", "")
        areas = catalogue_areas()
        area = asked.get("area", "") if asked.get("area", "") in areas else ""
        rows = find_drugs(words, item_class if item_class in CLASSES else "", form, area=area)
        values = {
            "asked": words,
            "form": form,
            "item_class": item_class,
            "classes": CLASSES,
            "parts": PARTS,
            "editions": editions_of(rows) or (EDITION_SAID,),
            "area": area,
            "areas": [(code, self._context().place(code)) for code in areas],
            "rows": rows,
        }
        return self._pages.page(request, "catalogue.html", message("药品目录"), values)

    async def directory(self, request: Request) -> Response:
        """Institutions that the sources name: an order by area and name, not a ranking."""
        asked = fields_of(request.url.query)
        catalogue = self._catalogue
        area, level = asked.get("area", ""), asked.get("level", "")
        words = asked.get("q", "").strip()[:40]
        try:
            institutions = catalogue.institutions(area or None, level or None)
        except NotFoundError:
            raise HTTPException(404) from None
        if words:
            institutions = tuple(
                institution for institution in institutions if _mentions(institution, words)
            )
        codes = sorted({institution.area for institution in catalogue.all_institutions})
        levels = sorted(
            {
                value
                for institution in catalogue.all_institutions
                for value in institution.values("level")
            }
        )
        values = {
            "institutions": institutions,
            "areas": [catalogue.areas[code] for code in codes],
            "levels": levels,
            "area": area,
            "level": level,
            "words": words,
            "names": catalogue.areas,
            "fields": _FIELDS,
            "classes": self._classes(institutions),
        }
        title = message("机构名录")
        return self._pages.page(request, "directory.html", title, values)

    def _classes(
        self, institutions: Iterable[ListedInstitution]
    ) -> dict[tuple[str, str], tuple[Wording, str]]:
        """By area and grade: whose rules say of which price class such a hospital is."""
        context = self._context()
        packs = context.packs
        wanted = {(place.area, grade) for place in institutions for grade in place.values("level")}
        classes = {}
        for area, grade in wanted:
            price_class = class_of_grade(packs, area, grade, context.today)
            covering = packs.covering(area)
            if price_class and covering is not None:
                classes[area, grade] = (context.place(covering.code), price_class)
        return classes


def _mentions(institution: ListedInstitution, words: str) -> bool:
    return words in institution.name or any(words in fact.value for fact in institution.facts)
