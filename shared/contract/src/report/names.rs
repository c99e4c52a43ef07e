//! What the values of a difference are called for people. Reports for machines have them as the API
//! names them; a page says the same in words.

use upline_domain::language::Language;
use upline_domain::reconcile::Kind;

use super::words::pick;

/// What a value of a difference of a kind is called: in words where there are any, and as it is
/// where it is somebody's id.
#[must_use]
pub fn value_name(kind: &str, name: &str, language: Language) -> String {
    // Of an allocation the names are those of distributors, who may be called anything.
    let is_of_somebody = kind == Kind::WrongAllocation.as_str();
    let comma = pick(language, [", ", "，"]);
    if let Some((before, line, field)) = of_line(name) {
        let whose = before.map(|whose| format!("{whose}{comma}")).unwrap_or_default();
        let field =
            field.map(|field| format!("{comma}{}", words(field, language))).unwrap_or_default();
        return format!("{whose}{} {line}{field}", pick(language, ["line", "商品行"]));
    }
    if let Some(whose) = name.strip_suffix(".depth").filter(|_| is_of_somebody) {
        return format!("{whose}{comma}{}", words("depth", language));
    }
    match name.strip_prefix("due ").filter(|day| !day.contains(' ')) {
        Some(day) => match language {
            Language::English => name.to_owned(),
            Language::Chinese => format!("{day} 到期"),
        },
        None if is_of_somebody && !OF_ALLOCATIONS.contains(&name) => name.to_owned(),
        None => words(name, language).to_owned(),
    }
}

/// What a name is in words; itself where it has none.
fn words(name: &str, language: Language) -> &str {
    let known = FIELDS.iter().find(|(known, _)| *known == name);
    known.map_or(name, |(_, words)| pick(language, *words))
}

/// What a name says of a line: whose, where it is somebody's share of it; which line; which field
/// of it.
fn of_line(name: &str) -> Option<(Option<&str>, &str, Option<&str>)> {
    let (before, rest) = name.split_once("lines[")?;
    let (line, rest) = rest.split_once(']')?;
    let before = before.strip_suffix('.').filter(|before| !before.is_empty());
    Some((before, line, rest.strip_prefix('.')))
}

/// Names beside those of distributors among the values of an allocation.
const OF_ALLOCATIONS: &[&str] = &["allocations", "plan_version"];

/// Each name in English and in Chinese.
const FIELDS: &[(&str, [&str; 2])] = &[
    ("allocations", ["allocations", "佣金分配"]),
    ("amount", ["amount", "金额"]),
    ("buyer_id", ["buyer", "买家"]),
    ("category", ["category", "类目"]),
    ("code", ["code", "代码"]),
    ("completed_at", ["completed at", "完成时间"]),
    ("currency", ["currency", "币种"]),
    ("currency_mismatch", ["refunded in another currency", "退款币种与订单不同"]),
    ("day", ["day", "日期"]),
    ("depth", ["depth", "级数"]),
    ("discount", ["discount", "优惠"]),
    ("due", ["due on", "到期日"]),
    ("due, settled and withdrawn", ["due, settled and withdrawn", "到期、已结算与已提现合计"]),
    ("earned", ["commission", "佣金"]),
    ("event", ["event", "事件"]),
    ("invite_code", ["invite code", "邀请码"]),
    ("orders", ["orders", "订单数"]),
    ("over_refunded", ["more refunded than was paid", "退款超过实付"]),
    ("own_sales", ["own sales", "个人销售额"]),
    ("paid", ["paid", "实付"]),
    ("paid_at", ["paid at", "支付时间"]),
    ("pending", ["pending", "待结算"]),
    ("plan_version", ["plan version", "方案版本"]),
    ("quantity", ["quantity", "数量"]),
    ("reason", ["reason", "原因"]),
    ("refunded_at", ["refunded at", "退款时间"]),
    ("region", ["region", "地区"]),
    ("reversed", ["taken back", "扣回"]),
    ("rule", ["rule (card)", "规则（费率卡）"]),
    ("sku", ["SKU", "商品编号"]),
    ("team_sales", ["team sales", "团队销售额"]),
    ("the order of the lines", ["order of the lines", "商品行的先后"]),
    ("unit_cost", ["unit cost", "单位成本"]),
    ("unit_price", ["unit price", "单价"]),
    ("unknown_line", ["refund of a line that is not there", "退款的商品行不属于该订单"]),
    ("version", ["version", "版本"]),
    ("why", ["why", "原因"]),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_told_in_words_and_an_id_as_it_is() {
        let differs = Kind::AmountsDiffer.as_str();
        let allocation = Kind::WrongAllocation.as_str();
        for (kind, name, english, chinese) in [
            (differs, "paid", "paid", "实付"),
            (differs, "lines[a.b].unit_price", "line a.b, unit price", "商品行 a.b，单价"),
            (differs, "something new", "something new", "something new"),
            ("balance_drift", "due 2026-12-01", "due 2026-12-01", "2026-12-01 到期"),
            ("balance_drift", "pending", "pending", "待结算"),
            (allocation, "paid", "paid", "paid"),
            (allocation, "ann.depth", "ann, depth", "ann，级数"),
            (allocation, "due.lines[1]", "due, line 1", "due，商品行 1"),
            (allocation, "lines[1].rule", "line 1, rule (card)", "商品行 1，规则（费率卡）"),
            (allocation, "allocations", "allocations", "佣金分配"),
        ] {
            assert_eq!(value_name(kind, name, Language::English), english);
            assert_eq!(value_name(kind, name, Language::Chinese), chinese);
        }
    }

    #[test]
    fn names_are_sorted_and_stand_once() {
        assert!(FIELDS.is_sorted_by(|one, next| one.0 < next.0));
    }
}
