"""What a page says that could not be shown: what is the matter, what to do next, and where."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from yibao.messages import Message, message


@dataclass(frozen=True, slots=True)
class Failure:
    """One status: the heading, the sentence, and where the way goes on."""

    title: Message
    say: Message
    links: Sequence[tuple[Message, str]]


_SIGN_IN = (message("登录"), "/sign-in")
_SERVICES = (message("全部服务"), "/services")
_HOME = (message("回首页"), "/")
_REPORT = (message("这页有错，报给我们"), "/report")
_AGAIN = message("请回到上一页，重新打开再试一次。")

FAILURES: Mapping[int, Failure] = {
    400: Failure(message("这个请求看不懂"), _AGAIN, (_HOME, _SERVICES)),
    403: Failure(
        message("这个表单不是从本站发出的"),
        message("页面可能开得太久，或者登录已经退出。没有做任何改动；请重新登录，再打开那张表。"),
        (_SIGN_IN, _HOME),
    ),
    404: Failure(
        message("没有这一页"),
        message("地址可能写错了，或者那一页换了地方。可以在下面搜，或者从全部服务里找。"),
        (_SERVICES, _HOME),
    ),
    405: Failure(message("这一页不能这样用"), _AGAIN, (_HOME, _SERVICES)),
    413: Failure(
        message("填的内容太长了"),
        message("一个文件最大 8 MB。请把照片缩小，或者分几次交。"),
        (_HOME, _SERVICES),
    ),
    415: Failure(message("这种格式收不了"), _AGAIN, (_HOME, _SERVICES)),
    422: Failure(message("填的内容有误"), _AGAIN, (_HOME, _SERVICES)),
    429: Failure(
        message("发得太多了，请过一会儿再来"),
        message(
            "为了不让人猜密码，同一个地方一段时间只收这么多。没有做任何改动；"
            "请等十分钟再试，着急就打 12393。"
        ),
        (_HOME, _SERVICES),
    ),
    500: Failure(
        message("出错了，是我们的问题"),
        message("请过几分钟再试。要是刚才在办事，先看办事进度里有没有，再决定要不要重办。"),
        (_REPORT, _HOME),
    ),
    503: Failure(
        message("暂时不能用，请稍后再来"),
        message("请过几分钟再试；没有写进去的，页面会说。"),
        (_HOME, _SERVICES),
    ),
}


def failure_of(status: int) -> Failure:
    """What is said of a status; of one that nobody foresaw what is said of its kind."""
    return FAILURES.get(status, FAILURES[500 if status >= 500 else 400])
