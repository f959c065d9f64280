"""What a person is asked who has something done: pays, shares, files, joins, lets a program in.

Each fact once, for the pages of one's own and for programs; a page may call it otherwise.
"""

from __future__ import annotations

from dataclasses import replace

from yibao.benefit.described import TODAY, Fact, facts_of
from yibao.benefit.facts import Filing, Grant
from yibao.inquiry.asked import AREA
from yibao.inquiry.question import QUESTION
from yibao.messages import message, message_in

_YUAN = message("元")
_GRANT = facts_of(Grant)
_FILING = facts_of(Filing)

FIRST_DAY = replace(_GRANT["start"], title=message("从哪天起"), default=TODAY)
LAST_DAY = replace(_GRANT["end"], title=message("到哪天止"), help=message("不填就一直有效。"))
LIMIT = replace(_GRANT["limit"], title=message("每次最多付"), help=message("不填就不限。"))
RELATION = _GRANT["relation"]
GRANTEE = replace(_GRANT["grantee"], title=message("授权给谁"), kind="choice")
GRANTOR = replace(_GRANT["grantor"], title=message("授权人"), kind="choice")
AGREED = Fact(message("同意还是收回"), name="given", kind="flag")
"""That the grantor may see what one's visits were for."""
TRANSFER_TO = Fact(message("转给谁"), name="to", kind="choice", required=True)
TRANSFER_AMOUNT = Fact(
    message_in("paying", "转多少"), name="amount", kind="fen", unit=_YUAN, required=True
)
CHANNEL = Fact(message("怎么缴"), name="channel", kind="choice", required=True)
"""Of payment; the service says which there are."""
FILED_KIND = replace(_FILING["kind"], title=message("为什么去外地"))
CARE_AREA = replace(
    _FILING["care_area"],
    title=message("去哪里"),
    help=message("省、市的名称，或六位行政区划代码。"),
    only=(),
    required=True,
)
DISEASE = replace(_FILING["disease"], title=message("病种"), only=(), required=True)
JOINED_SCHEME = replace(QUESTION["scheme"], title=message("参加什么"), required=True)
JOINED_AREA = replace(AREA, title=message("在哪里参保"), help="")
DEVICE = Fact(message("哪台设备；写了，就只有它能出示"), name="device", kind="name")
"""That alone may show an e-credential."""
ENDING_DAY = Fact(message("从哪天起不再有效"), name="on", kind="day", default=TODAY)
TOKEN_NAME = Fact(message("给哪个程序用"), name="name", kind="name", required=True)
TOKEN_DAYS = Fact(message("几天后失效"), name="days", kind="whole", least=1, default=30)
TOKEN_WRITES = Fact(message("能不能办理，不写只能查询"), name="writes", kind="flag")
MOVE_REASON = Fact(message("原因，申请人看得到"), name="reason", kind="name")
LAST_SEEN = Fact(
    message("看过的最后一步的编号；之后别人又办过就不办"), name="seen", kind="whole", most=100_000
)
VALID_UNTIL = Fact(message("有效到哪天；认定慢特病时由审核人定"), name="until", kind="day")
PAPER = Fact(message("是什么材料：案件的 papers 之一，或 other"), name="paper", kind="name")
FILE_NAME = Fact(message("文件名"), name="name", kind="name", required=True)
FILE_CONTENT = Fact(message("PDF、JPEG 或 OFD"), name="content", kind="name", required=True)
CASE_NOTE = Fact(message("备注"), name="text", kind="name", required=True)
PAID_AMOUNT = Fact(message("付了多少"), name="amount", kind="fen", unit=_YUAN, required=True)
BANK_OUTCOME = Fact(message("银行的结果"), name="outcome", kind="choice", required=True)
BANK_REFERENCE = Fact(message("银行流水号"), name="reference", kind="name", required=True)
BANK_DAY = Fact(message("银行付款或退回的日期"), name="day", kind="day", required=True)
BANK_REASON = Fact(message("退回的原因"), name="reason", kind="name")
OUTCOME_WORDS = {"paid": message("成功"), "returned": message("退回")}
DROP_REASON = Fact(message("作废的原因"), name="reason", kind="name", required=True)

# What an employer declares and pays.
DECLARED_MONTH = Fact(message("哪个月"), name="month", kind="month", required=True)
STAFF_NUMBER = Fact(message("证件号码"), name="number", kind="name", required=True)
STAFF_NAME = Fact(message("姓名"), name="name", kind="name", required=True)
STAFF_CHANGE = Fact(message("变动"), name="change", kind="choice", required=True)
STAFF_BASE = Fact(message("缴费基数"), name="base", kind="fen", unit=_YUAN)
STAFF_REASON = Fact(message("原因"), name="reason", kind="name")
CHANGE_WORDS = {
    "joins": message("增员"),
    "leaves": message("减员"),
    "rebased": message("改基数"),
}
CAME_ON = Fact(message("到账日期"), name="paid_on", kind="day", required=True)
CAME_AMOUNT = Fact(message("到账金额"), name="amount", kind="fen", unit=_YUAN, required=True)
SLIP_NUMBER = Fact(message("单号"), name="reference", kind="name", required=True)

# What a cashier enters of the fund.
FUND_KIND = Fact(message("什么收支"), name="kind", kind="choice", required=True)
FUND_SCHEME = Fact(message("哪个险种；银行账户之间的不写"), name="scheme", kind="choice")
FUND_PART = Fact(message("记在哪一部分；银行账户之间的不写"), name="part", kind="choice")
FUND_LEVEL = Fact(message("哪一级财政；只有财政补贴写"), name="level", kind="choice")
FUND_BANK = Fact(message("哪个银行账户"), name="bank", kind="choice")
FUND_CHANNEL = Fact(message("哪个渠道交来的"), name="channel", kind="name")
FUND_AMOUNT = Fact(message("金额"), name="amount", kind="fen", unit=_YUAN, required=True)
FUND_DAY = Fact(message("到账或付出的日期"), name="day", kind="day", required=True)
FUND_NOTE = Fact(message("凭什么：文号、单号"), name="note", kind="name", required=True)
CLOSED_MONTH = Fact(message("哪个月"), name="month", kind="month", required=True)
CLOSING_NOTE = Fact(message("结账说明"), name="note", kind="name")
