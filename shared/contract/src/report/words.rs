//! Every word of the page, in each language. What there is of kinds, acts, outcomes and questions
//! is matched whole, so that a new one does not compile without its words.

use upline_domain::language::Language;
use upline_domain::reconcile::{Act, Kind, Outcome, Question, WhyLeft};

use super::markup::{count, percent};
use crate::reconciliation::ReportView;

/// The word of a language among `[English, Chinese]`.
pub(super) fn pick<T>(language: Language, [english, chinese]: [T; 2]) -> T {
    match language {
        Language::English => english,
        Language::Chinese => chinese,
    }
}

/// What kind of difference, in a few words.
pub(super) fn kind(kind: Kind) -> [&'static str; 2] {
    match kind {
        Kind::MissingHere => ["Order missing in the books", "账上缺少的订单"],
        Kind::MissingThere => ["Order not in the shop's list", "店铺清单中没有的订单"],
        Kind::AmountsDiffer => ["Order differs", "订单内容不一致"],
        Kind::RefundMissing => ["Refund missing in the books", "账上缺少的退款"],
        Kind::RefundMissingThere => ["Refund not in the shop's list", "店铺清单中没有的退款"],
        Kind::RefundDiffers => ["Refund differs", "退款内容不一致"],
        Kind::CompletionMissing => ["Completion missing in the books", "账上缺少的订单完成"],
        Kind::CompletionMissingThere => {
            ["Completion not in the shop's list", "店铺清单中没有的订单完成"]
        }
        Kind::CompletionDiffers => ["Completed at another time", "订单完成时间不一致"],
        Kind::UnreadableRow => ["Row of the list that cannot be read", "清单中无法读取的行"],
        Kind::OrphanRefund => ["Refund of an order never paid", "没有支付记录的退款"],
        Kind::OrphanCompletion => ["Completion of an order never paid", "没有支付记录的订单完成"],
        Kind::WrongAllocation => ["Commission not as calculated", "佣金与重算结果不符"],
        Kind::ProblemFlag => ["Something wrong with the refunds", "退款有疑点的订单"],
        Kind::Parked => ["Event kept aside", "挂起未处理的事件"],
        Kind::UnreadableItem => ["Record that cannot be read", "无法读取的记录"],
        Kind::LineDrift => ["Commission line is off", "佣金明细不符"],
        Kind::BalanceDrift => ["Balance is off", "余额不符"],
        Kind::DailyFigureDrift => ["Daily figures are off", "每日数据不符"],
    }
}

/// What that means, in a sentence.
pub(super) fn meaning(kind: Kind, language: Language) -> &'static str {
    match language {
        Language::English => meaning_in_english(kind),
        Language::Chinese => meaning_in_chinese(kind),
    }
}

fn meaning_in_english(kind: Kind) -> &'static str {
    match kind {
        Kind::MissingHere => "The shop has the order; the books do not.",
        Kind::MissingThere => {
            "The books have the order on this day; the shop's list does not name it."
        }
        Kind::AmountsDiffer => "Shop and books have the order with other contents.",
        Kind::RefundMissing => {
            "The shop gave money back; in the books no commission was taken back for it."
        }
        Kind::RefundMissingThere => {
            "The books have the refund on this day; the shop's list does not name it."
        }
        Kind::RefundDiffers => "Shop and books have the refund with other contents.",
        Kind::CompletionMissing => "The shop completed the order; in the books it is still open.",
        Kind::CompletionMissingThere => {
            "The books have the order completed on this day; the shop's list does not name that."
        }
        Kind::CompletionDiffers => "Shop and books have the order completed at other times.",
        Kind::UnreadableRow => "The row is no event; what it was to say is not known.",
        Kind::OrphanRefund => "The books have a refund, and its order was never paid.",
        Kind::OrphanCompletion => "The books have a completion, and its order was never paid.",
        Kind::WrongAllocation => {
            "The frozen inputs of the order give other commission than is stored."
        }
        Kind::ProblemFlag => {
            "More was refunded than paid, or a line or currency that the order does not have."
        }
        Kind::Parked => {
            "An event of the day could not be taken as it was, and nobody has taken it up since."
        }
        Kind::UnreadableItem => "The table has something that this version cannot read.",
        Kind::LineDrift => {
            "What is counted of an order for a distributor is not what the order gives."
        }
        Kind::BalanceDrift => "A distributor's balance is not the sum of their orders.",
        Kind::DailyFigureDrift => {
            "A distributor's figures of a day are not the sum of their orders of that day."
        }
    }
}

fn meaning_in_chinese(kind: Kind) -> &'static str {
    match kind {
        Kind::MissingHere => "店铺有这笔订单，账上没有。",
        Kind::MissingThere => "账上当日有这笔订单，店铺清单里没有。",
        Kind::AmountsDiffer => "店铺与账上都有这笔订单，但内容不同。",
        Kind::RefundMissing => "店铺已退款，账上没有这笔退款，相应佣金尚未扣回。",
        Kind::RefundMissingThere => "账上当日有这笔退款，店铺清单里没有。",
        Kind::RefundDiffers => "店铺与账上都有这笔退款，但内容不同。",
        Kind::CompletionMissing => "店铺的订单已完成，账上尚未完成。",
        Kind::CompletionMissingThere => "账上订单于当日完成，店铺清单里没有。",
        Kind::CompletionDiffers => "店铺与账上的订单完成时间不同。",
        Kind::UnreadableRow => "该行不是有效的事件，无从得知其内容。",
        Kind::OrphanRefund => "账上有退款，但对应订单从未支付。",
        Kind::OrphanCompletion => "账上有订单完成，但对应订单从未支付。",
        Kind::WrongAllocation => "按订单冻结的依据重算，得出的佣金与所存的不同。",
        Kind::ProblemFlag => "退款超过实付，或退款的商品行、币种不属于该订单。",
        Kind::Parked => "当日有事件无法按原样处理，至今没有人处理。",
        Kind::UnreadableItem => "数据表中有当前版本无法读取的内容。",
        Kind::LineDrift => "某笔订单计给分销商的数额，与订单应得的不同。",
        Kind::BalanceDrift => "分销商的余额不等于其各笔订单之和。",
        Kind::DailyFigureDrift => "分销商某日的数据不等于当日各笔订单之和。",
    }
}

/// What is to be done.
pub(super) fn act(act: Act) -> [&'static str; 2] {
    match act {
        Act::Feed => ["Send the missing event in as any other", "补发缺失的事件，照常处理"],
        Act::Post => ["Post the order again", "将订单重新入账"],
        Act::Correct => ["Correct the figure by the difference", "按差额更正该数"],
        Act::Look => ["A person has to judge", "需要人工判断"],
    }
}

/// What was done.
pub(super) fn done(act: Act) -> [&'static str; 2] {
    match act {
        Act::Feed => ["The missing event was sent in", "缺失的事件已补发"],
        Act::Post => ["The order was posted again", "订单已重新入账"],
        Act::Correct => ["The figure was corrected", "该数已更正"],
        Act::Look => self::act(act),
    }
}

/// What became of it.
pub(super) fn outcome(outcome: Outcome) -> [&'static str; 2] {
    match outcome {
        Outcome::Found => ["found", "已发现"],
        Outcome::Sent => ["on its way", "已发出"],
        Outcome::Repaired => ["repaired", "已修复"],
        Outcome::Left => ["left for a person", "待人工处理"],
    }
}

/// Why it is left.
pub(super) fn why_left(why: WhyLeft) -> [&'static str; 2] {
    let chinese = match why {
        WhyLeft::InQuestion => "该订单本身有疑问：见其他差异",
        WhyLeft::NoOrder => "账上没有这笔订单：请补发其事件，或查明是谁将其移除",
        WhyLeft::Moved => "其中一部分已计入结算单：请用调整单更正",
        WhyLeft::Open => "其中有存疑的明细：见该分销商的其他差异，并对数据不符的日期重新对账",
        WhyLeft::Spoiled => "清单中该订单另有无法读取的行：请修正清单后重新运行",
        WhyLeft::Unnamed => "清单中有无法读取的行，不知属于哪笔订单：请修正清单后重新运行",
    };
    [why.as_str(), chinese]
}

/// A question: its name, what it asks, and what the two values of its differences are.
pub(super) struct Asked {
    pub(super) name: [&'static str; 2],
    pub(super) asks: [&'static str; 2],
    pub(super) expected: [&'static str; 2],
    pub(super) found: [&'static str; 2],
}

pub(super) fn question(question: Question) -> Asked {
    let books = ["In the books", "账上"];
    match question {
        Question::Complete => Asked {
            name: ["Complete", "齐全"],
            asks: [
                "Is everything of the shop's list in the books, and nothing else?",
                "店铺清单与账上是否互不缺少？",
            ],
            expected: ["In the shop", "店铺"],
            found: books,
        },
        Question::Right => Asked {
            name: ["Right", "正确"],
            asks: [
                "Is the commission of each order as its inputs give it?",
                "每笔订单的佣金是否与其依据相符？",
            ],
            expected: ["As it should be", "应为"],
            found: books,
        },
        Question::Clear => Asked {
            name: ["Clear", "平衡"],
            asks: [
                "Are balances and daily figures the sum of the orders?",
                "余额与每日数据是否等于订单之和？",
            ],
            expected: ["Sum of the orders", "订单合计"],
            found: books,
        },
    }
}

/// What the page says beside that, each in both languages.
pub(super) struct Words;

macro_rules! words {
    ($($name:ident = [$english:literal, $chinese:literal];)+) => {
        impl Words {
            $(pub(super) const $name: [&'static str; 2] = [$english, $chinese];)+
        }
    };
}

words! {
    TITLE = ["Reconciliation", "对账报告"];
    TENANT = ["Tenant", "租户"];
    RUN = ["Run", "运行序号"];
    BY = ["Asked by", "发起"];
    STARTED = ["Began", "开始"];
    FINISHED = ["Done", "完成"];
    LIST = ["Shop's list", "店铺清单"];
    COMMA = [", ", "，"];
    ROWS = ["entries", "条"];
    UNREADABLE = ["cannot be read", "条无法读取"];
    OTHER_DAYS = ["of another day", "条属于其他日期"];
    OTHER_DAYS_LIST = [
        "The shop's list has entries of another day. They were compared like any other; see \
         whether it is the right list.",
        "店铺清单中有属于其他日期的条目。这些条目已照常核对；请确认所用清单是否正确。"
    ];
    UNREADABLE_LIST = [
        "Something of the shop's list cannot be read: whether that is here is not known. Mend the \
         list, and run again.",
        "店铺清单中有无法读取的内容：这些内容是否已入账尚不清楚。请修正清单后重新运行。"
    ];
    NO_LIST = [
        "No list of the shop was given: whether everything is here was not asked.",
        "没有店铺清单：未核对是否齐全。"
    ];
    DRY_RUN = [
        "Dry run: nothing was repaired. What would be done stands beside each difference.",
        "试运行：未作任何修复。每处差异旁注明将如何处理。"
    ];
    RUNNING = [
        "Still running: these are the figures so far.",
        "仍在进行：以下为目前的数据。"
    ];
    ORDERS = ["Orders looked at", "核对订单"];
    WAITING = ["wait for a binding", "笔待绑定"];
    BEFORE = ["Inconsistent before", "处理前不一致"];
    AFTER = ["Inconsistent after", "处理后不一致"];
    DISTRIBUTORS = ["Distributors looked at", "核对分销商"];
    NOT_ASKED = ["not asked", "未核对"];
    NOTHING_DIFFERS = ["nothing differs", "无差异"];
    DIFFERENCES = ["Differences", "差异明细"];
    DIFFERENCE_COUNT = ["differences", "处差异"];
    DIFFERENCE_ONE = ["difference", "处差异"];
    OF_THEM_LEFT = ["left", "处未解决"];
    NO_DIFFERENCES = [
        "There is no difference on this day.",
        "当日没有差异。"
    ];
    TOTALS = ["Totals by currency", "各币种合计"];
    CURRENCY = ["Currency", "币种"];
    IN_LIST = ["In the shop's list", "店铺清单"];
    IN_BOOKS = ["In the books", "账上"];
    ORDER_COUNT = ["Orders", "订单数"];
    PAID = ["Paid", "实付"];
    REFUNDED = ["Refunded", "退款"];
    EARNED = ["Commission", "佣金"];
    REVERSED = ["Taken back", "扣回"];
    DIFFERS = ["differs from the list", "与清单不同"];
    COUNTS = ["Differences by kind", "各类差异"];
    KIND = ["Kind", "类别"];
    FOUND = ["Found", "发现"];
    REPAIRED = ["Repaired", "已修复"];
    SENT = ["On its way", "已发出"];
    LEFT = ["Left", "未解决"];
    WHOSE = ["Order, distributor", "订单、分销商"];
    WHAT = ["What", "项目"];
    THEN = ["Outcome, and what to do", "结果与处理"];
    DISTRIBUTOR = ["Distributor", "分销商"];
    SHOWN_OF = ["shown of", "处，共"];
    MORE = [
        "This page shows the first differences. All of them are in the CSV, and in the JSON page \
         by page.",
        "本页只列出前一部分差异。全部差异见 CSV，或逐页读取 JSON。"
    ];
    FOOT = [
        "Amounts are exact, in the currency named beside them. Times are UTC; the day is the \
         tenant's own.",
        "金额均为精确值，币种见旁注。时间为 UTC；日期按租户所在时区。"
    ];
}

/// The report in one sentence.
pub(super) fn verdict(report: &ReportView, language: Language) -> String {
    let [orders, before, after] =
        [report.orders, report.inconsistent_before, report.inconsistent_after].map(count);
    let [before_share, after_share] =
        [&report.share_before, &report.share_after].map(|s| percent(s));
    let is_clean = report.inconsistent_before == 0 && report.inconsistent_after == 0;
    match language {
        Language::English => {
            let noun = if report.orders == 1 { "order" } else { "orders" };
            match (report.orders, is_clean) {
                (0, _) => "There were no orders to look at.".to_owned(),
                (1, true) => "1 order was looked at, and it is consistent.".to_owned(),
                (_, true) => {
                    format!("{orders} orders were looked at, and all of them are consistent.")
                }
                (_, false) => format!(
                    "Of {orders} {noun}, {before} ({before_share}) had a difference before \
                     repair, and {after} ({after_share}) after."
                ),
            }
        }
        Language::Chinese => match (report.orders, is_clean) {
            (0, _) => "没有需要核对的订单。".to_owned(),
            (_, true) => format!("共核对 {orders} 笔订单，全部一致。"),
            (_, false) => format!(
                "共核对 {orders} 笔订单：处理前 {before} 笔不一致（{before_share}），\
                 处理后 {after} 笔（{after_share}）。"
            ),
        },
    }
}
