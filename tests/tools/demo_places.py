"""Invented places of X District: the division tree, road names and the sites that have a grid of their own."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise

CITY_CODE, CITY_NAME = "9901", "示例市"
DISTRICT_CODE, DISTRICT_NAME = "990101", "X区"


@dataclass(frozen=True)
class Community:
    """One community or village, with its place in the subdistrict's lattice of roads."""

    code: str
    name: str
    level: str
    subdistrict: str
    boundary_class: str
    roads_ns: tuple[str, str]
    roads_ew: tuple[str, str]


@dataclass(frozen=True)
class Subdistrict:
    """One subdistrict or town with its communities and the number of workstations it runs."""

    code: str
    name: str
    level: str
    office: str
    workstations: int
    area_class: str
    communities: list[Community] = field(default_factory=list)


# code tail, name, workstations, area class, communities, villages, north-south stems, east-west stems
_PLAN: tuple[tuple[str, str, int, str, str, str, str, str], ...] = (
    (
        "001",
        "东风街道",
        8,
        "A",
        "东风 朝阳 光明 建设里 文昌 兴业 民生 永安 新风 团结 电影院 百货大楼 东方花园 盛世家园",
        "",
        "东风 朝阳 光明 建设 文昌",
        "兴业 民生 永安 新风 团结",
    ),
    (
        "002",
        "和平街道",
        8,
        "A",
        "和平 和平里 友谊 幸福里 滨河 青年 平安 康乐 仁爱 桃园 滨河花园 春晓 桂花园 阳光城",
        "",
        "和平 友谊 幸福 滨河 青年",
        "平安 康乐 仁爱 广场 桃园",
    ),
    (
        "003",
        "新华街道",
        8,
        "A",
        "新华 解放 工农 胜利 红星 书院 钟楼 文庙 前进 五一 老城 南街 西街",
        "",
        "新华 解放 工农 胜利 红星",
        "书院 钟楼 文庙 前进 五一",
    ),
    (
        "004",
        "南苑街道",
        8,
        "B",
        "南苑 迎宾 金桥 学府 银杏 科技 创业 丰泽 梅园 竹林 锦绣 翠湖 明珠",
        "",
        "南苑 迎宾 金桥 学府 银杏",
        "科技 创业 丰泽 梅园 竹林",
    ),
    (
        "005",
        "育才街道",
        8,
        "B",
        "育才 师范 体育场 卫校 实验 崇德 尚学 明礼 勤业 思源 博雅 静园 芳草",
        "",
        "育才 师范 体育场 卫校 实验",
        "崇德 尚学 明礼 勤业 思源",
    ),
    (
        "006",
        "北关街道",
        7,
        "B",
        "北关 车站 货场 铁西 粮库 纺织 机械 化肥厂 棉纺 仓储 幸福新村 北苑",
        "",
        "北关 车站 货场 铁西 粮库",
        "纺织 机械 化肥厂 棉纺 仓储",
    ),
    (
        "101",
        "柳河镇",
        7,
        "C",
        "柳河 镇中 渡口 供销",
        "堤东 果园 东岗 大柳 李家洼 小河沿 石桥",
        "柳河 镇中 堤东 果园 渡口",
        "粮站 供销 农机 水库 东岗",
    ),
)

DISTRICT_SITES = (
    "X区第一中学",
    "X区第二中学",
    "X区实验小学",
    "X区人民医院",
    "X区中医院",
    "X区妇幼保健院",
    "X区职业教育中心",
    "X区汽车客运站",
    "X区体育中心",
    "X区创业产业园",
    "X区农产品批发市场",
    "X区物流园",
)
SITE_KINDS = ("小学", "幼儿园", "农贸市场", "卫生服务中心", "商业广场", "建材市场", "中学", "敬老院", "工业园")

ESTATES = (
    "锦绣花园",
    "阳光小区",
    "翠湖雅居",
    "书香苑",
    "金桥公寓",
    "幸福家园",
    "老干部家属院",
    "棉纺厂家属院",
    "丽景新城",
    "梧桐里",
    "怡和苑",
    "银杏花园",
    "康乐小区",
    "明珠广场",
    "御景湾",
    "春晓苑",
    "机械厂宿舍",
    "河畔人家",
)


def _community(index: int, code: str, name: str, subdistrict: str, area_class: str, ns: list[str], ew: list[str]) -> Community:
    """Put the community with this index on a four-by-four lattice of its subdistrict's main roads."""
    column, row = index % 4, index // 4
    level = "村" if code[9] == "2" else "社区"
    # Communities on the rim of the lattice are one class further from the centre.
    grade = area_class if area_class == "C" or row < 3 else chr(ord(area_class) + 1)
    return Community(code, name + level, level, subdistrict, grade, (ns[column], ns[column + 1]), (ew[row], ew[row + 1]))


def build_subdistricts() -> list[Subdistrict]:
    """Return the six subdistricts and the town with their ninety communities."""
    result = []
    for tail, name, workstations, area_class, communities, villages, ns, ew in _PLAN:
        code = DISTRICT_CODE + tail
        town = name.endswith("镇")
        office = f"{name}人民政府" if town else f"{name}办事处"
        sub = Subdistrict(code, name, "镇" if town else "街道", office, workstations, area_class)
        coded = [(f"{code}{n:03d}", short) for n, short in enumerate(communities.split(), 1)]
        coded += [(f"{code}{n:03d}", short) for n, short in enumerate(villages.split(), 201)]
        for index, (community_code, short) in enumerate(coded):
            sub.communities.append(_community(index, community_code, short, name, area_class, ns.split(), ew.split()))
        result.append(sub)
    return result


def split_workstations(sub: Subdistrict) -> list[list[Community]]:
    """Share a subdistrict's communities among its workstations, in order and as evenly as possible."""
    total, parts = len(sub.communities), sub.workstations
    cuts = [round(total * n / parts) for n in range(parts + 1)]
    return [sub.communities[start:end] for start, end in pairwise(cuts)]


def numeral(number: int) -> str:
    """Write 1 to 99 in Chinese figures."""
    digits = "零一二三四五六七八九"
    tens, ones = divmod(number, 10)
    if not tens:
        return digits[ones]
    return ("" if tens == 1 else digits[tens]) + "十" + (digits[ones] if ones else "")


def workstation_name(sub: Subdistrict, number: int) -> str:
    """Name the n-th workstation of a subdistrict."""
    return f"{sub.name}第{numeral(number)}网格工作站"


def estates_of(subdistricts: list[Subdistrict]) -> dict[str, tuple[str, ...]]:
    """Return the housing estates of each subdistrict; the town has none."""
    return {sub.name: ESTATES[3 * n : 3 * n + 3] for n, sub in enumerate(subdistricts)}
