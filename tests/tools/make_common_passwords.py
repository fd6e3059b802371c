"""Writes data/passwords/common.txt: what people type first when they are made to choose a password.

Nothing is copied from anywhere: words everybody knows, keyboard walks and the usual endings, joined. Only what has the eight
characters a password must have anyway. Run it again after changing it; a test holds the file to it.
"""

from __future__ import annotations

from itertools import product
from pathlib import Path

TARGET = Path(__file__).parents[2] / "data" / "passwords" / "common.txt"
SHORTEST, COUNT = 8, 3_000
WALKS = """
12345678 123456789 11111111 00000000 88888888 66666666 99999999 abcdefgh abcdefg123 qwertyui qwertyuiop asdfghjk asdfghjkl zxcvbnm, 1qaz2wsx 1qaz2wsx3edc qazwsxedc qazwsxedcrfv qweasdzxc qwer1234 1234qwer
q1w2e3r4 q1w2e3r4t5 1q2w3e4r 1q2w3e4r5t 1qazxsw2 zaq12wsx zaq1xsw2 zaq1zaq1 !qaz2wsx 1qaz@wsx !qaz@wsx asdf1234 1234asdf zxcv1234
1234zxcv a1b2c3d4 a1s2d3f4 aa123456 aaa12345 abc12345 abcd1234 1234abcd abcde123 12345abc 123456ab 123456abc a1234567 a12345678
a123456789 q1234567 q12345678 w1234567 z1234567 1a2b3c4d 123qweasd 123qwe123 qwe123qwe qweqwe123 asd123asd asdasd123 qweasd123
1234567a 12345678a 123456789a 123456aa 123456qq 123456zz 11223344 1122334455 12121212 12341234 123123123 123321123 147258369
14725836 159357456 159753456 13572468 24681357 10203040 01234567 0123456789 1234567890 1029384756 98765432 987654321
9876543210 87654321 77585211 11111112 12344321 123454321 1234554321 56785678 88889999 66668888 11112222 11118888 99998888 16881688
18881888 52013140 52013141 5201314520 1314520520 13145200 13141314 52015201 20082008 66886688 88668866 168168168 520520520 131452000
poiuytre lkjhgfds mnbvcxza qazwsx123 wsxedc123 qwerty12 qwertyqwerty asdfasdf zxcvzxcv qweqweqwe asdasdasd zxczxczxc abcabcabc
abcdefg1 abcdefgh1 p@ssw0rd p@ssword pa55word passw0rd passw0rd1 pa$$word p@$$w0rd passwd123 adm1n123 r00tr00t
""".split()  # noqa: SIM905
WORDS = """
password passwd pass admin administrator root user guest test tester demo default login welcome hello master manager system
server service support office company computer internet network windows linux ubuntu oracle mysql sqlserver database access
secret private letmein changeme temp temporary abc abcd abcabc qwe qwer qwert qwerty asd asdf asdfg asdfgh zxc zxcv zxcvb zxcvbn
qaz qazwsx wsx aaa aaaa qqq qqqq zzz xxx love lover iloveyou loveyou forever baby angel happy lucky sunshine princess monkey
dragon tiger panda football basketball superman batman michael jordan summer winter spring autumn freedom china chinese beijing
shanghai guangzhou shenzhen wuhan yichang zhoushan hangzhou chengdu chongqing nanjing tianjin hubei zhejiang
woaini woaiwojia woaizhongguo aini nihao nihaoma zhongguo zhonghua mima wodemima shishi ceshi guanliyuan guanli xitong
shequ wangge wanggeyuan jiedao jiedaoban zhenfu zhengfu bangong bangongshi zhongxin zhihui zhihuizhongxin jizhi zongzhi
zongzhiban chengguan chengguanju minzheng minzhengju gongan paichusuo xinfang shouliyuan zhibanzhang paiqianyuan hechayuan
neiqin lingdao shenjiyuan gridconsole grid fuwu fuwuqi diannao shuju shujuku renmin weirenmin fendou xingfu pingan jiankang
facai fafafa dajidali wansui laoban laoshi baobao baobei tianshi gongzhu wangzi
""".split()  # noqa: SIM905
ENDINGS = """
1 12 123 1234 12345 123456 888 666 520 1314 111 @123 1234567 12345678 123456789 01 11 1111 000 0000 007 110 119 12345. 123! 1234! 123456! @1234
@123456 @12345 #123 _123 ! !! !@# !@#$ 123!@# 321 654321 521 5201314 168 6666 8888 999 2020 2021 2022 2023 2024
2025 2026 2027 @2024 @2025 @2026 @2027 2025! 2026! abc qwe asd
""".split()  # noqa: SIM905


POPULAR = """
password admin administrator root user guest test welcome hello iloveyou qwerty qwert abcd abcabc asdfgh zxcvbn qazwsx woaini love
zhongguo china wangge shequ zhihui zhongxin mima beijing shanghai yichang zhoushan gridconsole system server master office happy
lucky dragon monkey sunshine facai baobei jiedao zhengfu
""".split()  # noqa: SIM905
"""Words that are tried with every ending; the others only with the first few."""
FEW = 12


def passwords() -> list[str]:
    """The list, case folded, every one once."""
    joined = [word + ending for ending, word in product(ENDINGS, POPULAR)]
    joined += [word + ending for ending, word in product(ENDINGS[:FEW], WORDS)]
    wanted = [*WALKS, *WORDS, *(word * 2 for word in POPULAR), *joined, *(word * 2 for word in WORDS)]
    found = dict.fromkeys(word.casefold() for word in wanted if len(word) >= SHORTEST)
    return sorted(list(found)[:COUNT])


if __name__ == "__main__":
    TARGET.write_text("\n".join(passwords()) + "\n", encoding="utf-8")
