"""English (and other) names of the groups and diseases that the packs name in Chinese."""

from __future__ import annotations

from typing import NamedTuple

from yibao.messages import CHINESE, Message, message_in

GROUPS = {
    "low_income": message_in("group", "低保对象"),
    "extremely_poor": message_in("group", "特困人员"),
    "newborn": message_in("group", "新生儿"),
    "orphan": message_in("group", "孤儿"),
    "unsupported_child": message_in("group", "事实无人抚养儿童"),
    "returned_to_poverty": message_in("group", "返贫致贫人口"),
    "elder": message_in("group", "城乡老年人"),
    "student_child": message_in("group", "学生儿童"),
    "working_age": message_in("group", "劳动年龄内居民"),
    "living_subsidy": message_in("group", "享受生活困难补助人员"),
    "low_income_family": message_in("group", "低收入家庭成员"),
    "low_income_edge": message_in("group", "低保边缘家庭成员"),
    "poor_through_illness": message_in("group", "因病致贫重病患者"),
    "employment_hardship": message_in("group", "就业困难人员"),
    "graduate": message_in("group", "离校未就业的高校毕业生"),
    "monitored": message_in("group", "防止返贫监测对象"),
    "retired_before_2001": message_in("group", "2000 年底前退休"),
    "age_60_69": message_in("group", "60 至 69 岁"),
    "student": message_in("group", "学生儿童"),
    "under_15": message_in("group", "未满十五周岁"),
    "sent_on": message_in("group", "由下级机构转来"),
    "plan_pooled": message_in("group", "单建统筹"),
    "plan_high": message_in("group", "高档"),
    "plan_low": message_in("group", "低档"),
    "plan_second": message_in("group", "二档"),
    "plan_with_account": message_in("group", "带个人账户"),
    "plan_without_account": message_in("group", "不带个人账户"),
    "age_41_50": message_in("group", "41 到 50 岁"),
    "age_51": message_in("group", "满 51 岁"),
    "age_50": message_in("group", "满 50 岁"),
    "age_60": message_in("group", "满 60 岁"),
    "age_70": message_in("group", "满 70 岁"),
    "age_80": message_in("group", "满 80 岁"),
    "age_90": message_in("group", "满 90 岁"),
    "age_100": message_in("group", "满 100 岁"),
}
DISEASES = {
    "hypertension": message_in("disease", "高血压"),
    "hypertension_grade3": message_in("disease", "高血压3级（极高危）"),
    "type1_diabetes": message_in("disease", "1型糖尿病"),
    "other_diabetes": message_in("disease", "糖尿病（1型以外）"),
    "diabetes_complications": message_in("disease", "糖尿病（合并严重并发症）"),
    "malignant_tumour": message_in("disease", "恶性肿瘤门诊治疗"),
    "dialysis": message_in("disease", "尿毒症透析"),
    "transplant_anti_rejection": message_in("disease", "器官移植术后抗排异治疗"),
    "copd": message_in("disease", "慢性阻塞性肺疾病"),
    "rheumatoid_arthritis": message_in("disease", "类风湿关节炎"),
    "coronary_heart_disease": message_in("disease", "冠心病"),
    "viral_hepatitis": message_in("disease", "病毒性肝炎"),
    "ankylosing_spondylitis": message_in("disease", "强直性脊柱炎"),
    "nephrotic_syndrome": message_in("disease", "肾病综合征（原发性）"),
    "pulmonary_heart_disease": message_in("disease", "肺源性心脏病"),
    "chronic_renal_insufficiency": message_in("disease", "慢性肾功能不全"),
    "dual_channel": message_in("disease", "“双通道”药品"),
    "special_drug": message_in("disease", "特殊药品"),
    "kidney_transplant": message_in("disease", "肾移植术后抗排异"),
    "mental_illness": message_in("disease", "部分精神病"),
    "aplastic_anaemia": message_in("disease", "再生障碍性贫血"),
    "asthma_biologics": message_in("disease", "中重度过敏性哮喘生物制剂治疗"),
    "eye_injection": message_in("disease", "眼底病变眼内注射"),
    "haemophilia": message_in("disease", "血友病"),
    "heart_transplant": message_in("disease", "心脏移植术后抗排异"),
    "liver_kidney_transplant": message_in("disease", "肝肾联合移植术后抗排异"),
    "liver_transplant": message_in("disease", "肝移植术后抗排异"),
    "lung_transplant": message_in("disease", "肺移植术后抗排异"),
    "multiple_sclerosis": message_in("disease", "多发性硬化"),
    "niemann_pick_c": message_in("disease", "C型尼曼匹克病"),
    "pulmonary_fibrosis": message_in("disease", "特发性肺纤维化抗纤维化治疗"),
    "pulmonary_hypertension": message_in("disease", "肺动脉高压靶向治疗"),
    "resistant_tuberculosis": message_in("disease", "耐多药结核"),
    "severe_mental_illness": message_in("disease", "重性精神病"),
}
"""By code, as several areas use them; the source texts are those of the national pack."""
_KNOWN = {"group": GROUPS, "disease": DISEASES}


class PackName(NamedTuple):
    """A group or disease: in Chinese as its pack names it, in other languages by its code."""

    code: str
    name: str
    known: Message | None = None

    def text(self, language: str = CHINESE) -> str:
        """Its name; the pack's own where the catalogue knows no such code."""
        if language == CHINESE or self.known is None:
            return self.name
        return self.known.text(language)


def pack_name(key: str, code: str, name: str) -> PackName:
    """The name of a ``group`` or ``disease`` that a pack names."""
    return PackName(code, name, _KNOWN[key].get(code))
