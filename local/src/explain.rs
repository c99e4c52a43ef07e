//! An order in words, for a person: what `upline order` and `upline simulate` print.

use std::io::Write;

use upline_contract::answer::{AllocationView, LineView, OrderView, RefundView};
use upline_domain::language::Language;

/// An order in words: its lines and why each is on its card, who earns what and why, who earns
/// nothing and why, and its refunds.
pub(crate) fn explain(
    view: &OrderView,
    language: Language,
    out: &mut impl Write,
) -> std::io::Result<()> {
    let tell = Tell { view, language };
    writeln!(out, "{}", tell.order())?;
    for problem in &view.problems {
        writeln!(out, "  {}", tell.problem(problem))?;
    }
    for line in &view.lines {
        writeln!(out, "  {}", tell.line(line))?;
        sentences(&line.why, out)?;
    }
    if view.allocations.is_empty() {
        writeln!(out, "  {}", tell.no_allocation())?;
    }
    for one in &view.allocations {
        writeln!(out, "  {}", tell.allocation(one))?;
        if let Some(parts) = tell.parts(one) {
            writeln!(out, "    {parts}")?;
        }
        sentences(&one.trace, out)?;
    }
    for one in &view.nothing {
        let id = &one.distributor_id;
        let nothing = tell.either("earns nothing", "不计佣");
        writeln!(out, "  {id} {nothing}")?;
        sentences(&one.trace, out)?;
    }
    for refund in &view.refunds {
        writeln!(out, "  {}", tell.refund(refund))?;
    }
    Ok(())
}

fn sentences(sentences: &[String], out: &mut impl Write) -> std::io::Result<()> {
    sentences.iter().try_for_each(|sentence| writeln!(out, "    {sentence}"))
}

/// The sentences on an order.
struct Tell<'a> {
    view: &'a OrderView,
    language: Language,
}

impl Tell<'_> {
    fn either<'t>(&self, english: &'t str, chinese: &'t str) -> &'t str {
        match self.language {
            Language::English => english,
            Language::Chinese => chinese,
        }
    }

    fn currency(&self) -> &str {
        self.view.currency.as_deref().unwrap_or_default()
    }

    fn order(&self) -> String {
        let OrderView { order_id, paid, state, .. } = self.view;
        let currency = self.currency();
        let paid = paid.as_deref();
        match self.language {
            Language::English => {
                let paid = paid.map_or("nothing".to_owned(), |paid| format!("{paid} {currency}"));
                format!("order {order_id}: {paid} paid, {state}")
            }
            Language::Chinese => {
                let state = match state.as_str() {
                    "unpaid" => "未支付",
                    "waiting" => "待归属",
                    "attributed" => "已计佣",
                    "completed" => "已完成",
                    other => other,
                };
                format!("订单 {order_id}：实付 {} {currency}，{state}", paid.unwrap_or("无"))
            }
        }
    }

    fn problem(&self, problem: &str) -> String {
        match self.language {
            Language::English => format!("problem: {problem}"),
            Language::Chinese => format!("异常：{}", self.named(problem)),
        }
    }

    /// What a problem is called.
    fn named<'t>(&self, problem: &'t str) -> &'t str {
        match (self.language, problem) {
            (Language::Chinese, "over_refunded") => "超额退款",
            (Language::Chinese, "unknown_line") => "退款的商品行不存在",
            (Language::Chinese, "currency_mismatch") => "退款币种不符",
            (Language::Chinese, "miscalculated") => "重算结果与已存佣金不符",
            (Language::English | Language::Chinese, other) => other,
        }
    }

    fn line(&self, line: &LineView) -> String {
        let LineView { line_id, list, net, discount_share, paid, profit, .. } = line;
        let refunded = self.taken_back(&line.refunded, ("refunded", "已退"));
        let by = line.rule.as_deref().zip(line.card.as_deref());
        // The arithmetic only where there is some.
        let sum = list != paid;
        match self.language {
            Language::English => {
                let sum = if sum {
                    format!(" (list {list}, net {net}, less {discount_share} of the discount)")
                } else {
                    String::new()
                };
                let profit = profit.as_ref().map(|profit| format!(", profit {profit}"));
                let by = match by {
                    Some((rule, card)) => format!("rule {rule}, card {card}"),
                    None if self.waits() => "not calculated yet".to_owned(),
                    None => "no rule: earns nothing".to_owned(),
                };
                let profit = profit.unwrap_or_default();
                format!("line {line_id}: {paid} paid{sum}{profit}{refunded}; {by}")
            }
            Language::Chinese => {
                let sum = if sum {
                    format!("（原价 {list}，折后 {net}，分摊优惠 {discount_share}）")
                } else {
                    String::new()
                };
                let profit = profit.as_ref().map(|profit| format!("，毛利 {profit}"));
                let by = match by {
                    Some((rule, card)) => format!("规则 {rule}，费率卡 {card}"),
                    None if self.waits() => "尚未计佣".to_owned(),
                    None => "没有命中规则，不计佣".to_owned(),
                };
                let profit = profit.unwrap_or_default();
                format!("商品行 {line_id}：实付 {paid}{sum}{profit}{refunded}；{by}")
            }
        }
    }

    fn waits(&self) -> bool {
        self.view.state == "waiting"
    }

    /// Why there is no allocation.
    fn no_allocation(&self) -> String {
        let buyer = self.view.buyer_id.as_deref().unwrap_or_default();
        match (self.waits(), self.language) {
            (true, Language::English) => {
                format!("waits: nobody is known to have brought {buyer} by the time it was paid")
            }
            (true, Language::Chinese) => format!("等待中：支付时尚不知道 {buyer} 是谁带来的"),
            (false, Language::English) => "nobody earns from it".to_owned(),
            (false, Language::Chinese) => "没有人从本单得到佣金".to_owned(),
        }
    }

    /// What of an allocation each line earned, once rounded; refunds take back from these.
    fn parts(&self, one: &AllocationView) -> Option<String> {
        let parts: Vec<String> = one
            .lines
            .iter()
            .map(|part| match self.language {
                Language::English => format!("{} by line {}", part.amount, part.line_id),
                Language::Chinese => format!("商品行 {} {}", part.line_id, part.amount),
            })
            .collect();
        let (head, comma) = (self.either("in all: ", "分行："), self.either(", ", "，"));
        (parts.len() > 1).then(|| format!("{head}{}", parts.join(comma)))
    }

    fn allocation(&self, one: &AllocationView) -> String {
        let AllocationView { distributor_id, depth, amount, reversed, .. } = one;
        let back = self.taken_back(reversed, ("taken back", "已扣回"));
        let currency = self.currency();
        match self.language {
            Language::English => {
                format!("{distributor_id} at depth {depth} earns {amount} {currency}{back}")
            }
            Language::Chinese => {
                format!("{distributor_id} 第 {depth} 级，佣金 {amount} {currency}{back}")
            }
        }
    }

    fn refund(&self, refund: &RefundView) -> String {
        let RefundView { refund_id, refunded_at, currency, amount, lines, problems } = refund;
        let lines = lines.iter().flatten().map(|line| match self.language {
            Language::English => format!("{} {currency} of line {}", line.amount, line.line_id),
            Language::Chinese => format!("商品行 {} {} {currency}", line.line_id, line.amount),
        });
        let whole = amount.iter().map(|amount| format!("{amount} {currency}"));
        let parts: Vec<String> = whole.chain(lines).collect();
        let problems: Vec<&str> = problems.iter().map(|problem| self.named(problem)).collect();
        let (comma, colon) = (self.either(", ", "，"), self.either(": ", "："));
        let parts = parts.join(comma);
        let wrong = if problems.is_empty() {
            String::new()
        } else {
            let word = self.either("; problem: ", "；异常：");
            format!("{word}{}", problems.join(comma))
        };
        let refund = self.either("refund", "退款");
        format!("{refund} {refund_id}{comma}{refunded_at}{colon}{parts}{wrong}")
    }

    /// `, 1.00 refunded`; nothing for an amount of zero.
    fn taken_back(&self, amount: &str, (english, chinese): (&str, &str)) -> String {
        if amount.bytes().all(|byte| byte == b'0' || byte == b'.') {
            return String::new();
        }
        match self.language {
            Language::English => format!(", {amount} {english}"),
            Language::Chinese => format!("，{chinese} {amount}"),
        }
    }
}
