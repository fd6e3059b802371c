"""Sixty invented hotline complaints: what residents said, in their own order of importance.

``CALLS`` holds (category as the hotline wrote it, title, text with {place}, urgency). A title that starts with
``=`` repeats the matter of the row before it, at the same place. The category is blank or off the list in some rows,
because hotline lists are like that.
"""

from __future__ import annotations

import datetime as dt
import random
from collections import Counter
from collections.abc import Sequence

import demo_places as places
from demo_people import People, surname
from demo_places import Community, Subdistrict
from demo_sheet import Cell, Table

Call = tuple[str, str, str, str]

CALLS: tuple[Call, ...] = (
    (
        "暴露生活垃圾",
        "垃圾无人清运",
        "来电人反映{place}旁边的垃圾堆放了两天没人清运，气味大，影响居民通行，希望尽快清理。",
        "一般",
    ),
    ("暴露生活垃圾", "=垃圾堆放异味大", "市民来电称{place}附近垃圾成堆，苍蝇乱飞，已连续多日，要求安排清运。", "一般"),
    ("路灯", "路灯不亮", "来电人称{place}路段有三盏路灯不亮，老人晚上出行容易摔倒，请维修。", "一般"),
    ("雨水箅子", "雨水箅子堵塞", "来电人反映{place}门口雨水箅子被树叶和泥沙堵死，一下雨就积水，请疏通。", "一般"),
    ("污水井盖", "井盖缺失", "来电人反映{place}路中间污水井盖不见了，只有一根树枝插着提醒，非常危险，请立即处理。", "紧急"),
    ("污水井盖", "=井盖丢失有危险", "{place}路面井盖丢失，学生上下学必经，市民担心有人掉下去。", "紧急"),
    ("占道经营", "占道摆摊", "来电人反映{place}每天下午有多个水果摊占用人行道经营，行人只能走机动车道。", "一般"),
    ("店外经营", "店铺货物摆到人行道", "{place}一家五金店长期把货物摆到店外人行道上，盲道都被占了，请相关部门管一管。", "一般"),
    ("非机动车乱停放", "电动车乱停", "来电人称{place}出入口电动车乱停乱放，堵住了通道，婴儿车推不过去。", "一般"),
    ("占用消防通道", "消防通道被占", "来电人反映{place}消防通道长期被私家车和杂物占用，担心发生火灾救援车进不来。", "紧急"),
    (
        "施工扰民",
        "夜间施工噪音",
        "来电人反映{place}旁边工地夜里十一点以后还在施工，噪音很大，无法休息，要求停止夜间施工。",
        "一般",
    ),
    ("施工扰民", "=凌晨仍在施工", "市民反映{place}附近工地凌晨仍有渣土车进出和机器声，家里有高考学生。", "一般"),
    ("工地扬尘", "工地没有覆盖", "来电人称{place}对面工地裸土没有覆盖，大风天尘土飞扬，窗户不敢开。", "一般"),
    ("露天烧烤", "露天烧烤油烟", "来电人反映{place}楼下烧烤店晚上在门外支炉子，油烟直接飘进居民家里。", "一般"),
    ("私搭乱建", "楼顶违建", "来电人反映{place}顶楼住户正在搭建彩钢房，担心漏水和安全问题，请制止。", "一般"),
    ("私搭乱建", "一楼圈占绿地", "{place}一楼住户把门前公共绿地围起来盖小屋，多次劝说无效。", "一般"),
    ("非法占绿毁绿", "绿地被种菜", "来电人称{place}北侧绿化带被人铲了种菜，还浇粪水，臭味明显。", "一般"),
    ("行道树", "树枝折断", "来电人反映{place}一棵行道树枝干折断，悬在半空，随时会掉下来砸到行人。", "紧急"),
    ("病虫害", "树上有虫", "来电人反映{place}一排树生虫，虫子掉到晾晒的衣服上，希望打药。", "一般"),
    ("道路破损", "路面坑洼", "来电人反映{place}路段坑洼不平，骑车容易摔倒，上周已有人摔伤。", "一般"),
    ("道路积水", "下雨积水", "来电人称{place}地势低洼，昨天下雨后积水没过脚踝，至今未退。", "一般"),
    ("路面塌陷", "路面塌了一个坑", "来电人反映{place}路面突然塌陷，坑有脸盆大小，下面是空的，请马上围挡。", "紧急"),
    ("供水管道破裂", "自来水管爆裂", "来电人称{place}自来水管爆裂，水往外喷，整条街都是水，小区已经停水。", "紧急"),
    ("燃气管道破裂", "闻到煤气味", "来电人反映{place}楼道和地沟附近有明显煤气味，已通知邻居不要用火，请尽快派人检查。", "紧急"),
    ("架空线缆脱落", "电缆掉下来", "来电人称{place}上方一根粗电缆脱落，垂到离地一米多高，不知道带不带电。", "紧急"),
    ("线体垂落", "通信线乱拉垂落", "{place}弱电线缆一团一团垂下来，大车经过会挂到，请通信公司整理。", "一般"),
    ("非法小广告", "楼道小广告", "来电人反映{place}楼道和电线杆贴满小广告，刚清完又贴上。", "一般"),
    ("违规户外广告", "广告灯箱晃眼", "来电人称{place}对面新装的LED灯箱晚上特别亮，影响休息。", "一般"),
    ("商业噪音", "商铺喇叭噪音", "来电人反映{place}超市门口大喇叭从早播到晚，楼上老人心脏不好，受不了。", "一般"),
    ("违规养犬", "遛狗不拴绳", "{place}有居民遛大狗不拴绳，吓哭小孩，狗粪也不清理。", "一般"),
    ("垃圾满溢", "垃圾桶满了", "来电人称{place}四个垃圾桶全部满溢，垃圾掉了一地，猫狗翻得到处都是。", "一般"),
    ("垃圾未分类", "垃圾混装混运", "来电人看到{place}分好的垃圾被一辆车混在一起拉走，认为分类白做了。", "一般"),
    ("废弃家具设备", "旧沙发堆在楼下", "{place}楼下堆着旧沙发和床垫一个多月了，没人拉走。", "一般"),
    ("乱堆物堆料", "装修材料占道", "来电人反映{place}有人装修，沙子水泥堆在路上半个月。", "一般"),
    ("共享单车管理", "共享单车堆积", "{place}共享单车堆了上百辆，公交站台都站不下人。", "一般"),
    ("早（夜）市管理问题", "夜市散后脏乱", "来电人称{place}夜市收摊后满地竹签和油污，第二天早上还没扫。", "一般"),
    ("农贸市场管理", "市场污水横流", "{place}农贸市场水产区污水流到外面马路上，冬天结冰滑倒人。", "一般"),
    ("公共厕所", "公厕没水", "来电人反映{place}公厕停水好几天，里面又脏又臭，没法使用。", "一般"),
    ("垃圾箱（果皮箱、桶）", "果皮箱损坏", "{place}路边果皮箱被撞坏，歪倒在盲道上。", "一般"),
    ("交通护栏", "护栏被撞倒", "来电人称{place}中间护栏被车撞倒了一长段，横在车道上，晚上看不清。", "紧急"),
    ("公交站亭（牌）", "站牌掉落", "{place}公交站牌的牌面掉了，老人看不到几路车。", "一般"),
    ("户外健身设施", "健身器材断裂", "来电人反映{place}小广场的健身器材断了，孩子还在上面玩，有危险。", "一般"),
    ("充电站（桩）", "充电桩坏了", "{place}四个充电桩坏了三个，报修没人来。", "一般"),
    ("通讯交接箱", "通信箱门敞开", "来电人称{place}通信箱门一直敞着，线都露在外面，下雨怕短路。", "一般"),
    ("焚烧垃圾、树叶", "焚烧树叶", "来电人反映{place}环卫工人在路边烧树叶，烟很大。", "一般"),
    ("无照经营游商", "流动摊贩堵路", "{place}学校门口放学时流动摊贩扎堆，家长接孩子的车开不出去。", "一般"),
    ("乱倒乱排污水、废水", "饭店往雨水口倒泔水", "来电人反映{place}饭店每晚把泔水倒进雨水口，臭气熏天。", "一般"),
    ("河道污染", "河水发黑", "来电人称{place}附近河水发黑有臭味，怀疑有人偷排。", "一般"),
    ("路灯不亮问题", "整条巷子没有灯", "来电人反映幸福路[b栋]3号门前整条巷子没有灯，已经打过两次电话，一直没有修。", "一般"),
    (
        "小区噪音",
        "广场舞音响太大",
        "来电人反映１２号楼３单元楼下广场舞从晚上７点跳到１０点，联系电话１３８００００１２３４，请协调。",
        "一般",
    ),
    ("井盖类", "井盖响声大", "{place}有个井盖松动，车一过就咣当响，晚上睡不着。", "一般"),
    ("物业管理", "物业不作为", "来电人反映{place}物业收费不服务，电梯坏了一周没人修。", "一般"),
    ("停车难", "夜间车辆堵门", "{place}夜里车停得把单元门都堵了，家里有病人出不去。", "一般"),
    ("市容环境卫生", "背街小巷脏乱", "来电人称{place}背街小巷没人扫，纸屑塑料袋到处飞。", "一般"),
    ("", "墙皮脱落", "来电人反映{place}临街楼墙皮脱落，掉到人行道上，差点砸到人。", "紧急"),
    ("", "飞线充电", "{place}居民从三楼窗户拉电线下来给电动车充电，有火灾隐患。", "一般"),
    ("", "咨询网格员电话", "来电人住在{place}，想了解所在网格的网格员是谁，联系方式是什么。", "一般"),
    ("", "路口盲道断头", "来电人称{place}盲道修到一半就断了，还有一根电线杆立在中间。", "一般"),
    ("", "死猫无人清理", "{place}路边有一只死猫，已经两天了，请安排清理。", "一般"),
    ("", "感谢网格员", "来电人表扬{place}网格员上门帮助独居老人联系维修水管，希望转达谢意。", "一般"),
)

SOURCES = ("12345电话", "12345电话", "12345电话", "市民热线APP", "微信公众号", "领导信箱")


def _call_times(rng: random.Random, count: int) -> list[dt.datetime]:
    """Return times over four days; the last day ends early in the afternoon."""
    times = []
    for n in range(count):
        day = dt.datetime(2026, 11, 20 + n * 4 // count)  # noqa: DTZ001 - wall-clock time as the hotline prints it
        last = 14 if day.day == 23 else 22
        times.append(day + dt.timedelta(seconds=rng.randrange(7 * 3600, last * 3600)))
    return sorted(times)


# Words that tell of a home or an estate rather than of the street.
_HOME = ("楼", "住户", "居民从", "物业", "小区", "车位", "单元", "沙发", "充电桩", "装修", "住在", "网格员", "遛")


def _place(rng: random.Random, community: Community, estates: Sequence[str], text: str) -> str:
    """Return an address inside the community that suits the text."""
    if community.level == "村":
        return f"{rng.randrange(1, 9)}组{rng.randrange(1, 60)}号"
    (west, east), (north, south) = community.roads_ns, community.roads_ew
    if estates and any(word in text for word in _HOME):
        return f"{rng.choice(estates)}{rng.randrange(1, 25)}号楼"
    if rng.random() < 0.65:
        return f"{rng.choice((west + '路', east + '路', north + '街', south + '街'))}{rng.randrange(1, 180)}号"
    return f"{rng.choice((west, east))}路与{rng.choice((north, south))}街交叉口"


def hotline_table(rng: random.Random, subdistricts: list[Subdistrict], people: People) -> Table:
    """Return the list of work orders that the 12345 hotline sent."""
    estates = places.estates_of(subdistricts)
    rows: list[list[Cell]] = []
    sub, community, place = subdistricts[0], subdistricts[0].communities[0], ""
    serial = Counter[str]()
    times = _call_times(rng, len(CALLS))
    for (category, title, text, urgency), when in zip(CALLS, times, strict=True):
        if not title.startswith("="):
            sub = rng.choice(subdistricts)
            community = rng.choice(sub.communities)
            place = _place(rng, community, estates[sub.name], text)
        day = f"{when:%Y%m%d}"
        serial[day] += rng.randrange(1, 40)
        anonymous = rng.random() < 0.08
        sex = people.sex()
        caller = people.name(sex)
        if rng.random() < 0.4:
            caller = surname(caller) + ("女士" if sex == "女" else "先生")
        address = f"{places.DISTRICT_NAME}{sub.name}{community.name}{place}"
        if "幸福路[b栋]3号" in text:
            address = f"{places.DISTRICT_NAME}和平街道友谊社区幸福路[b栋]3号"
            sub, community = subdistricts[1], subdistricts[1].communities[2]
        rows.append(
            [
                f"{day}{serial[day]:05d}",
                f"{when:%Y-%m-%d %H:%M:%S}",
                rng.choice(SOURCES),
                "匿名" if anonymous else caller,
                "" if anonymous else people.phone(),
                sub.name,
                "" if rng.random() < 0.1 else community.name,
                address,
                category,
                title.lstrip("="),
                text.format(place=place) if "{place}" in text else text,
                urgency,
            ]
        )
    header = (
        "工单编号",
        "受理时间",
        "工单来源",
        "来电人",
        "来电人电话",
        "被反映街乡镇",
        "村/社区",
        "诉求地址",
        "问题分类",
        "标题",
        "主要内容",
        "紧急程度",
    )
    return Table(
        "12345工单", "示例市12345政务服务便民热线转办工单（X区）", header, (16, 20, 12, 10, 14, 14, 14, 40, 20, 22, 70, 9), rows
    )
