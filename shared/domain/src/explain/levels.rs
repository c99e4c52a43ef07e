//! Levels in words: what one brings, and how far somebody is.

use rust_decimal::Decimal;

use crate::benefits::Benefit;
use crate::figures::Reading;
use crate::language::Language;
use crate::level::{Condition, Measure, points_text};
use crate::member::Status;
use crate::money::{Currency, Rate, SignedMoney};

/// What a level brings in a currency, as a sentence.
#[must_use]
pub fn benefit(benefit: &Benefit, currency: Currency, language: Language) -> String {
    let percent = |rate: Rate| {
        let hundredths = Decimal::new(rate.millionths().into(), 4).normalize();
        format!("{hundredths} %")
    };
    match (language, benefit) {
        (Language::English, Benefit::Depths { earns, of }) => {
            format!("orders in {currency} earn down to depth {earns} of {of}")
        }
        (Language::Chinese, Benefit::Depths { earns, of }) => {
            format!("{currency} 订单可获得第 1 至第 {earns} 层佣金（共 {of} 层）")
        }
        (Language::English, Benefit::Bonus { card, rate }) => {
            format!("card {card} ({currency}) pays {} more at each depth", percent(*rate))
        }
        (Language::Chinese, Benefit::Bonus { card, rate }) => {
            format!("费率卡 {card}（{currency}）每层加 {}", percent(*rate))
        }
        (Language::English, Benefit::UpTo { card, rate }) => {
            let rate = percent(*rate);
            format!("card {card} ({currency}) pays up to {rate}, less what those below are paid")
        }
        (Language::Chinese, Benefit::UpTo { card, rate }) => {
            let rate = percent(*rate);
            format!("费率卡 {card}（{currency}）最高 {rate}，减去下级所得")
        }
        (Language::English, Benefit::Rule { rule, card }) => {
            format!("lines that rule {rule} is for are on card {card} ({currency})")
        }
        (Language::Chinese, Benefit::Rule { rule, card }) => {
            format!("符合规则 {rule} 的商品按费率卡 {card} 计算（{currency}）")
        }
    }
}

/// What is asked and what is there of it: `7,420.00 of 10,000.00 CNY of own sales in 30 days`.
#[must_use]
pub fn reading(reading: &Reading, language: Language) -> String {
    match (language, reading) {
        (Language::English, Reading::Compliant { have: true }) => "no open risk flag".to_owned(),
        (Language::English, Reading::Compliant { have: false }) => {
            "a risk flag is open, and has to be cleared first".to_owned()
        }
        (Language::Chinese, Reading::Compliant { have: true }) => "没有风险标记".to_owned(),
        (Language::Chinese, Reading::Compliant { have: false }) => {
            "有未解除的风险标记，须先解除".to_owned()
        }
        (language, Reading::Points { have_millionths, least_millionths }) => {
            let (have, least) = (points_text(*have_millionths), points_text(*least_millionths));
            match language {
                Language::English => format!("{have} of {least} points"),
                Language::Chinese => format!("{have} / {least} 分"),
            }
        }
        (Language::English, Reading::Measured { measure, have, least }) => {
            let (have, least) = (amount(*measure, *have), least.map(|one| amount(*measure, one)));
            let asked = least.map(|least| format!(" of {least}")).unwrap_or_default();
            let unit = measure.currency().map(|it| format!(" {it} of")).unwrap_or_default();
            format!("{have}{asked}{unit} {}", english(*measure))
        }
        (Language::Chinese, Reading::Measured { measure, have, least }) => {
            let (have, least) = (amount(*measure, *have), least.map(|one| amount(*measure, one)));
            let asked = least.map(|least| format!(" / {least}")).unwrap_or_default();
            let unit = measure.currency().map(|it| format!(" {it}")).unwrap_or_default();
            format!("{} {have}{asked}{unit}", chinese(*measure))
        }
    }
}

/// On what an estimate of the day on which one of a status meets a condition rests.
#[must_use]
pub fn assumption(condition: &Condition, status: Status, language: Language) -> String {
    let is_of_team = condition.measures().iter().any(|measure| measure.depth().is_some());
    match (language, status) {
        (Language::English, Status::Frozen | Status::Terminated) => {
            format!("nobody rises who is {}", status.as_str())
        }
        (Language::Chinese, Status::Frozen) => "冻结期间不会升级".to_owned(),
        (Language::Chinese, Status::Terminated) => "已终止，不会升级".to_owned(),
        (Language::English, Status::Active) => {
            let team = "; the team is taken to grow by those they recruit themselves";
            let team = if is_of_team { team } else { "" };
            format!("if each day to come brings what the last 30 days brought on average{team}")
        }
        (Language::Chinese, Status::Active) => {
            let team = if is_of_team { "；团队人数只计直接推荐" } else { "" };
            format!("假设今后每天与最近 30 天的日均相同{team}")
        }
    }
}

fn english(measure: Measure) -> String {
    match measure {
        Measure::DirectRecruits { days } => format!("recruits {}", in_days(days)),
        Measure::TeamSize { depth } => format!("people down to depth {depth}"),
        Measure::OwnSales { days, .. } => format!("own sales {}", in_days(days)),
        Measure::TeamSales { days, .. } => format!("team sales {}", in_days(days)),
        Measure::OwnOrders { days } => format!("own orders {}", in_days(days)),
        Measure::MonthsActive { days } => format!("months with an own order {}", in_days(days)),
    }
}

fn in_days(days: u16) -> String {
    if days == 1 { "today".to_owned() } else { format!("in {days} days") }
}

fn chinese(measure: Measure) -> String {
    match measure {
        Measure::DirectRecruits { days } => format!("近 {days} 天直接推荐"),
        Measure::TeamSize { depth } => format!("{depth} 层内团队人数"),
        Measure::OwnSales { days, .. } => format!("近 {days} 天个人销售额"),
        Measure::TeamSales { days, .. } => format!("近 {days} 天团队销售额"),
        Measure::OwnOrders { days } => format!("近 {days} 天个人订单"),
        Measure::MonthsActive { days } => format!("近 {days} 天内有订单的月数"),
    }
}

/// A figure with its digits in groups of three.
fn amount(measure: Measure, figure: u64) -> String {
    let text = match measure.currency() {
        Some(currency) => {
            SignedMoney::from_minor(i64::try_from(figure).unwrap_or(i64::MAX)).text(currency)
        }
        None => figure.to_string(),
    };
    let (whole, part) = text.split_once('.').unwrap_or((&text, ""));
    let grouped: String = whole
        .char_indices()
        .flat_map(|(at, digit)| {
            let left = whole.len().saturating_sub(at);
            let comma = (at > 0 && left.is_multiple_of(3)).then_some(',');
            comma.into_iter().chain([digit])
        })
        .collect();
    if part.is_empty() { grouped } else { format!("{grouped}.{part}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cny() -> Currency {
        "CNY".parse().unwrap()
    }

    #[track_caller]
    fn check(given: &Reading, english: &str, chinese: &str) {
        assert_eq!(reading(given, Language::English), english);
        assert_eq!(reading(given, Language::Chinese), chinese);
    }

    #[test]
    fn reading_table() {
        let measured = |measure, have, least| Reading::Measured { measure, have, least };
        check(
            &measured(Measure::OwnSales { currency: cny(), days: 30 }, 742_000, Some(1_000_000)),
            "7,420.00 of 10,000.00 CNY of own sales in 30 days",
            "近 30 天个人销售额 7,420.00 / 10,000.00 CNY",
        );
        check(
            &measured(Measure::DirectRecruits { days: 90 }, 2, Some(3)),
            "2 of 3 recruits in 90 days",
            "近 90 天直接推荐 2 / 3",
        );
        check(
            &measured(Measure::TeamSize { depth: 3 }, 1_234_567, None),
            "1,234,567 people down to depth 3",
            "3 层内团队人数 1,234,567",
        );
        check(
            &measured(Measure::OwnOrders { days: 1 }, 0, Some(100)),
            "0 of 100 own orders today",
            "近 1 天个人订单 0 / 100",
        );
        let points = Reading::Points { have_millionths: 1_500_000, least_millionths: 100_000_000 };
        check(&points, "1.5 of 100 points", "1.5 / 100 分");
        check(&Reading::Compliant { have: true }, "no open risk flag", "没有风险标记");
    }

    #[test]
    fn benefit_table() {
        let card = || "standard".parse().unwrap();
        let told = |one: &Benefit| benefit(one, cny(), Language::English);
        let rate = |text: &str| text.parse().unwrap();
        assert_eq!(
            told(&Benefit::Bonus { card: card(), rate: rate("0.025") }),
            "card standard (CNY) pays 2.5 % more at each depth"
        );
        assert_eq!(
            told(&Benefit::UpTo { card: card(), rate: rate("0.10") }),
            "card standard (CNY) pays up to 10 %, less what those below are paid"
        );
        assert_eq!(
            told(&Benefit::Depths { earns: 2, of: 3 }),
            "orders in CNY earn down to depth 2 of 3"
        );
    }
}
