"""What supervision pays: rewards of informers."""

from __future__ import annotations

from yibao.conduct.forms import INFORMER_REWARD
from yibao.disbursement.purposes import PaymentPurpose, register_purpose
from yibao.messages import message

register_purpose(PaymentPurpose(INFORMER_REWARD, message("举报奖励")))
