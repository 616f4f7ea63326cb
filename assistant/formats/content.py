"""Which part of a web page is its content, and which is the site around it.

What is surely not content (navigation, forms, what is hidden) is left out; then the smallest
element that holds nearly all of the page's prose is taken. It rather keeps too much than too
little: a lost paragraph can't be found again.
"""

import re
from dataclasses import dataclass, field

from selectolax.lexbor import LexborHTMLParser, LexborNode

from assistant.formats.dom import BLOCKS, HEADINGS, is_data, walk

__all__ = ["content", "lists_of_links"]

_NEVER = (
    "nav, footer, dialog, [role=navigation], [role=banner], [role=contentinfo], "
    "[role=complementary], [role=search], [role=dialog], [role=alertdialog], [role=menu], "
    "[role=menubar], [role=toolbar]"
)
_SURELY = re.compile(
    r"advert\w*|breadcrumbs?|comment(?:s|list|form)?|cookies?|consent|disqus|foot(?:er)?|gdpr|"
    r"masthead|nav(?:bar|igation)?|newsletter|outbrain|related\w*|respond|sidebar|sitemap|taboola"
)
_LIKELY = re.compile(
    r"ads?|banner|login|menu|modal|pag(?:er|ination)|popup|promo\w*|recommend\w*|share\w*|sharing|"
    r"signup|skip|social\w*|sponsor\w*|subscribe|subscription|tags|toolbar|trending"
)
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden")
_LISTS = frozenset({"ul", "ol", "table", "dl", "menu"})
_MARKED = ("main", "article")  # what a page itself calls its content
_BOXES = frozenset({"div", "section"})
_SILENT = frozenset("script style noscript template svg iframe select button textarea".split())
_HELD = 0.85  # of the page's prose: what the content holds at least
_MOST = {_SURELY: 0.6, _LIKELY: 0.2}  # of the page's prose: what goes by its name holds at most
_INTRODUCTION = 0.5  # of the content's prose: what stands between a title and it at most
_LINKED = 0.6  # of a part's words: more links, and it leads elsewhere
_LINKS = 3
_ONLY_LINKS = 0.7  # of the content: more, and the links are what it is about
_SHORT = 25  # characters: less is hardly prose


@dataclass(slots=True)
class _Part:
    """An element: how many characters it holds, how many of them are links, how much prose."""

    node: LexborNode
    parent: int
    text: int = 0
    linked: int = 0
    links: int = 0
    prose: float = 0.0
    own: int = 0  # characters of its own, not of a block inside it
    own_linked: int = 0
    children: list[int] = field(default_factory=list)


def content(tree: LexborHTMLParser) -> tuple[LexborNode | None, frozenset[int]]:
    """The element that holds the content, and the `mem_id` of the parts of it that are not."""
    body = tree.body
    if body is None:
        return None, frozenset()
    never = _never(body)
    unwanted = never | _by_name(_measured(body, never))
    parts = _measured(body, unwanted)
    best = _start(parts)
    total = parts[best].prose
    while True:
        below = max(parts[best].children, key=lambda n: parts[n].prose, default=None)
        if below is None or parts[below].prose < max(_HELD * total, 1.0):
            break
        if _is_block(parts[below].node):
            break
        best = below
    root, beside = _with_title(parts, best)
    return parts[root].node, unwanted | beside | _elsewhere(parts, root)


def _is_block(node: LexborNode) -> bool:
    """Whether an element is itself content: only as a whole it is a list, or a table."""
    return node.tag in ("ul", "ol", "dl", "pre") or (node.tag == "table" and is_data(node))


def _with_title(parts: list["_Part"], best: int) -> tuple[int, set[int]]:
    """The element that holds the content and the title above it, and what else is in it.

    A title and what introduces an article often stand outside the element of its text.
    """
    titles = [n for n, part in enumerate(parts[:best]) if part.node.tag == "h1"]
    if not titles:
        return best, set()
    title = titles[-1]
    above = set(_path(parts, title))
    path = _path(parts, best)
    root = next(number for number in path if number in above)
    between = sum(part.prose for part in parts[title:best] if part.own and not part.children)
    if root == best or between > _INTRODUCTION * parts[best].prose:
        return best, set()
    beside: set[int] = set()
    for inner, later in ((best, True), (title, False)):
        for number in _path(parts, inner):
            if number == root:
                break
            beside |= {
                parts[other].node.mem_id
                for other in parts[parts[number].parent].children
                if (other > number if later else other < number)
            }
    return root, beside


def _path(parts: list["_Part"], number: int) -> list[int]:
    """An element and those around it, from inside out."""
    path = []
    while number >= 0:
        path.append(number)
        number = parts[number].parent
    return path


def _never(body: LexborNode) -> frozenset[int]:
    """What is no content whatever it holds, unless it holds the main part."""
    found = {node.mem_id for node in body.css(_NEVER) if not _holds_content(node)}
    opened = {  # by a click, as an answer under its question is
        id
        for node in body.css("[aria-controls]")
        for id in (node.attributes.get("aria-controls") or "").split()
    }
    for node in body.css("[hidden], [aria-hidden=true], [style]"):
        facts = node.attributes
        hidden = (
            "hidden" in facts
            or facts.get("aria-hidden") == "true"
            or _HIDDEN.search((facts.get("style") or "").lower())
        )
        if hidden and facts.get("id") not in opened and not _holds_content(node):
            found.add(node.mem_id)
    for node in body.css("header, aside"):
        if not _inside(node, *_MARKED):
            found.add(node.mem_id)
    return frozenset(found)


def _by_name(parts: list["_Part"]) -> set[int]:
    """What is no content by its class or id, as long as the prose is not there.

    An id that generators of pages make of a heading's words says nothing of the kind.
    """
    found = set()
    headings = {_bare(node.text()) for node in parts[0].node.css(", ".join(HEADINGS))}
    whole = parts[0].prose
    for part in parts[1:]:
        node = part.node
        if node.tag in _MARKED:
            continue
        attributes = node.attributes
        id = attributes.get("id") or ""
        names = (attributes.get("class") or "").lower().split()
        names += [] if _bare(id) in headings else id.lower().split()
        for names_of, most in _MOST.items():
            named = any(names_of.fullmatch(word) for name in names for word in _words(name))
            if named and part.prose <= most * whole and not _holds_content(node):
                found.add(node.mem_id)
    return found


def _bare(text: str) -> str:
    return re.sub(r"[\W_]+", "", text).lower()


def _words(name: str) -> list[str]:
    """The words that a class is named by: its first and its last."""
    words = re.split(r"[_:-]+", name)
    return [words[0], words[-1]]


def _holds_content(node: LexborNode) -> bool:
    return node.css_first("main, article, [role=main], [itemprop=articleBody]") is not None


def _inside(node: LexborNode, *tags: str) -> bool:
    above = node.parent
    while above is not None:
        if above.tag in tags:
            return True
        above = above.parent
    return False


def _measured(body: LexborNode, unwanted: frozenset[int]) -> list[_Part]:
    """The wanted elements in order, the body first."""
    parts = [_Part(body, -1)]
    path, blocks, links = [0], [0], 0
    steps = walk(body)
    for opens, node in steps:
        tag = node.tag
        if not opens:
            _close(parts, path.pop())
            links -= tag == "a"
            if tag in BLOCKS:
                blocks.pop()
        elif node.is_text_node:
            length = len(" ".join((node.text_content or "").split()))
            part, block = parts[path[-1]], parts[blocks[-1]]
            part.text += length
            block.own += length
            if links:
                part.linked += length
                block.own_linked += length
        elif node.is_comment_node or node.mem_id in unwanted or tag in _SILENT:
            steps.send(True)
        else:
            parts[path[-1]].children.append(len(parts))
            parts.append(_Part(node, path[-1]))
            path.append(len(parts) - 1)
            if tag == "a":
                links += 1
                parts[path[-1]].links = 1
            if tag in BLOCKS:
                blocks.append(len(parts) - 1)
    _close(parts, 0)
    return parts


def _close(parts: list[_Part], number: int) -> None:
    """What an element holds, counted for the one around it as well."""
    part = parts[number]
    if part.own:
        free = 1 - part.own_linked / part.own
        part.prose += part.own * free * free * (1.0 if part.own >= _SHORT else 0.3)
    if part.parent >= 0:
        above = parts[part.parent]
        above.text += part.text
        above.linked += part.linked
        above.links += part.links
        above.prose += part.prose


def _start(parts: list[_Part]) -> int:
    """Where to begin looking: in what the page itself calls its main part or its only article."""
    best = 0
    for marked, least in (("main", 0.5), ("article", 0.6)):
        found = [
            number
            for number, part in enumerate(parts)
            if part.node.tag == marked
            or (marked == "main" and part.node.attributes.get("role") == "main")
        ]
        if len(found) == 1 and parts[found[0]].prose >= least * parts[best].prose:
            best = found[0]
    return best


def lists_of_links(root: LexborNode) -> frozenset[int]:
    """The `mem_id` of those parts of an element that are lists of links: a table of contents."""
    return frozenset(part.node.mem_id for part in _linking(_measured(root, frozenset()), 0))


def _elsewhere(parts: list[_Part], best: int) -> frozenset[int]:
    """The lists of links inside the content, unless it is made of them.

    In what the page itself calls its content they belong to it, but for its table of contents.
    """
    found = _linking(parts, best)
    if sum(part.text for part in found) > _ONLY_LINKS * parts[best].text:
        return frozenset()
    if parts[best].node.tag in _MARKED or _inside(parts[best].node, *_MARKED):
        places = {node.attributes.get("id") for node in parts[0].node.css("[id]")}
        found = [part for part in found if _is_contents(part.node, places)]
    return frozenset(part.node.mem_id for part in found)


def _is_contents(node: LexborNode, places: set[str | None]) -> bool:
    """Whether all links lead to places on this page, however they name the page."""
    links = ((link.attributes.get("href") or "").partition("#") for link in node.css("a[href]"))
    return all(place and (not page or place in places) for page, _, place in links)


def _linking(parts: list[_Part], best: int) -> list[_Part]:
    """The lists of links inside an element."""
    found: list[_Part] = []
    todo = list(parts[best].children)
    while todo:
        number = todo.pop()
        part = parts[number]
        leads = part.links >= _LINKS and part.linked > _LINKED * part.text
        listing = part.node.tag in _LISTS or (part.node.tag in _BOXES and part.prose < _SHORT)
        if leads and listing and part.node.css_first("th") is None:
            found.append(part)
        else:
            todo += part.children
    return found
