//! The rows of a sheet that are one event, and the event that they make.

use serde_json::{Map, Value, json};
use upline_domain::ids::{OrderId, TenantId};
use upline_domain::limits::REFUNDED_LINES_MAX;

use super::lines::ROW_BYTES_MAX;
use super::sheet::{Columns, Row};
use crate::event::{COMPLETED, Event, PAID, REFUNDED, parse};

/// What makes rows one event.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(super) struct Key {
    kind: Kind,
    order: String,
    refund: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Kind {
    Paid,
    Refunded,
    Completed,
}

impl Kind {
    const ALL: [Self; 3] = [Self::Paid, Self::Refunded, Self::Completed];

    /// As the column `event` has it.
    fn word(self) -> &'static str {
        match self {
            Self::Paid => "paid",
            Self::Refunded => "refunded",
            Self::Completed => "completed",
        }
    }

    fn detail_type(self) -> &'static str {
        match self {
            Self::Paid => PAID,
            Self::Refunded => REFUNDED,
            Self::Completed => COMPLETED,
        }
    }

    /// Columns that are of the whole event: the field of each.
    fn fields(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::Paid => &[
                ("order_id", "order_id"),
                ("time", "paid_at"),
                ("buyer_id", "buyer_id"),
                ("currency", "currency"),
                ("order_discount", "discount"),
                ("shipping", "shipping"),
                ("tax", "tax"),
                ("invite_code", "invite_code"),
                ("region", "region"),
            ],
            Self::Refunded => &[
                ("order_id", "order_id"),
                ("refund_id", "refund_id"),
                ("time", "refunded_at"),
                ("currency", "currency"),
                ("shipping", "shipping"),
                ("tax", "tax"),
            ],
            Self::Completed => &[("order_id", "order_id"), ("time", "completed_at")],
        }
    }

    /// Columns that are of one line: the field of each.
    fn line_fields(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::Paid => &[
                ("line_id", "line_id"),
                ("sku", "sku"),
                ("category", "category"),
                ("quantity", "quantity"),
                ("unit_price", "unit_price"),
                ("line_discount", "discount"),
                ("unit_cost", "unit_cost"),
            ],
            Self::Refunded => &[("line_id", "line_id"), ("amount", "amount")],
            Self::Completed => &[],
        }
    }
}

impl Key {
    /// What a row is of.
    pub(super) fn of(columns: &Columns, row: &Row) -> Result<Self, String> {
        let needed = |name: &str| {
            let value = row.get(columns, name).map(str::to_owned);
            value.ok_or_else(|| format!("{name} is empty; each row needs it"))
        };
        let word = needed("event")?;
        let kind = Kind::ALL.into_iter().find(|kind| kind.word() == word).ok_or_else(|| {
            let shown: String = word.chars().take(40).collect();
            format!("event: write paid, refunded or completed, not {shown:?}")
        })?;
        let order = needed("order_id")?;
        let refund = match kind {
            Kind::Refunded => Some(needed("refund_id")?),
            Kind::Paid | Kind::Completed => None,
        };
        Ok(Self { kind, order, refund })
    }

    /// Whether such an event may take several rows.
    pub(super) fn has_lines(&self) -> bool {
        !self.kind.line_fields().is_empty()
    }

    /// The id of the event, where the list gives none.
    fn event_id(&self) -> String {
        let Self { kind, order, refund } = self;
        let refund = refund.iter().map(|refund| format!(":{refund}"));
        format!("list:{}:{order}{}", kind.word(), refund.collect::<String>())
    }
}

/// Rows of one event, directly after one another.
#[derive(Debug)]
pub(super) struct Group {
    columns: Columns,
    key: Key,
    first: Row,
    others: Vec<Row>,
    size: usize,
    flaw: Option<String>,
}

impl Group {
    pub(super) fn new(columns: Columns, key: Key, first: Row) -> Self {
        let size = first.size();
        Self { columns, key, first, others: Vec::new(), size, flaw: None }
    }

    pub(super) fn key(&self) -> &Key {
        &self.key
    }

    pub(super) fn number(&self) -> u64 {
        self.first.number
    }

    pub(super) fn order(&self) -> Option<OrderId> {
        self.key.order.parse().ok()
    }

    /// Adds a row. No event has so many or so long ones that not all are kept.
    pub(super) fn push(&mut self, row: Row) {
        self.size = self.size.saturating_add(row.size());
        if self.others.len() >= REFUNDED_LINES_MAX || self.size > ROW_BYTES_MAX {
            self.flawed(format!(
                "line {}: the rows of one event are {REFUNDED_LINES_MAX} with {ROW_BYTES_MAX} \
                 bytes at most",
                row.number
            ));
        } else {
            self.others.push(row);
        }
    }

    /// Says that a line beside it cannot be read: whether it is one of these nobody knows, and with
    /// a line less it would be another order.
    pub(super) fn may_lack(&mut self, number: u64) {
        self.flawed(format!(
            "line {number}, beside it, cannot be read and may be one of its rows; mend that line"
        ));
    }

    /// Says that rows of the same came before.
    pub(super) fn stands_apart(&mut self) {
        let Key { kind, order, .. } = &self.key;
        let (word, number) = (kind.word(), self.number());
        self.flawed(format!(
            "line {number}: rows {word} of {order} came before; put all rows of one event together"
        ));
    }

    fn flawed(&mut self, reason: String) {
        self.flaw.get_or_insert(reason);
    }

    fn rows(&self) -> impl Iterator<Item = &Row> {
        std::iter::once(&self.first).chain(&self.others)
    }

    pub(super) fn text(&self, tenant: &TenantId) -> Result<String, String> {
        self.value(tenant).map(|value| value.to_string())
    }

    pub(super) fn read(&self, tenant: &TenantId) -> Result<Event, String> {
        let value = self.value(tenant)?;
        parse(&value).map_err(|refused| self.located(&refused.reason))
    }

    /// The event as the wire has it.
    fn value(&self, tenant: &TenantId) -> Result<Value, String> {
        if let Some(flaw) = &self.flaw {
            return Err(flaw.clone());
        }
        self.check_agreement()?;
        let kind = self.key.kind;
        let mut data = self.object(&self.first, kind.fields());
        let lines: Vec<_> = self.rows().map(|row| self.object(row, kind.line_fields())).collect();
        let is_whole = self.others.is_empty() && self.get(&self.first, "line_id").is_none();
        match kind {
            Kind::Refunded if is_whole => data.extend(lines.into_iter().flatten()),
            Kind::Paid | Kind::Refunded => drop(data.insert("lines".to_owned(), json!(lines))),
            Kind::Completed => {}
        }
        let id = self.get(&self.first, "event_id").map(str::to_owned);
        Ok(json!({
            "source": "list",
            "detail-type": kind.detail_type(),
            "detail": {
                "metadata": {
                    "id": id.unwrap_or_else(|| self.key.event_id()),
                    "tenant": tenant.as_str(),
                    "version": "1",
                    "time": self.get(&self.first, "time"),
                },
                "data": data,
            },
        }))
    }

    fn get<'a>(&self, row: &'a Row, name: &str) -> Option<&'a str> {
        row.get(&self.columns, name)
    }

    /// The fields that a row fills. An amount stays the text that it is.
    fn object(&self, row: &Row, fields: &[(&str, &str)]) -> Map<String, Value> {
        let field = |(column, name): &(&str, &str)| {
            let text = self.get(row, column)?;
            let count = text.parse::<u64>().ok().filter(|_| *column == "quantity");
            Some(((*name).to_owned(), count.map_or_else(|| text.into(), Value::from)))
        };
        fields.iter().filter_map(field).collect()
    }

    /// Each later row says of the whole event what the first one does, or nothing.
    fn check_agreement(&self) -> Result<(), String> {
        let columns = self.key.kind.fields().iter().map(|(column, _)| *column);
        let columns: Vec<_> = columns.chain(["event_id"]).collect();
        for row in &self.others {
            for column in &columns {
                let (first, other) = (self.get(&self.first, column), self.get(row, column));
                if let Some(other) = other.filter(|other| first != Some(other)) {
                    let (number, begins) = (row.number, self.first.number);
                    let first =
                        first.map_or_else(|| "nothing".to_owned(), |one| format!("{one:?}"));
                    return Err(format!(
                        "line {number}, {column}: {other:?}, but line {begins} of the same event \
                         has {first}; write the same, or leave it empty after the first row"
                    ));
                }
            }
        }
        Ok(())
    }

    /// A reason with the line and column of the sheet in place of the path of the event.
    fn located(&self, reason: &str) -> String {
        let at = reason.split_once(": ").filter(|(path, _)| !path.contains(' '));
        let Some((path, message)) = at else { return reason.to_owned() };
        let (row, field, fields) = match path.strip_prefix("detail.data.lines[") {
            Some(rest) => {
                let (place, field) = rest.split_once(']').unwrap_or((rest, ""));
                let row = place.parse().ok().and_then(|place| self.rows().nth(place));
                (row, field.trim_start_matches('.'), self.key.kind.line_fields())
            }
            None => {
                let field = path.rsplit('.').next().unwrap_or_default();
                (None, field, self.key.kind.fields())
            }
        };
        let number = row.unwrap_or(&self.first).number;
        let column = match path {
            "detail.metadata.id" => "event_id",
            "detail.data.lines" => "line_id",
            _ => {
                let known = fields.iter().chain(self.key.kind.fields());
                let mut known = known.filter(|(_, name)| *name == field);
                known.next().map_or(field, |(column, _)| *column)
            }
        };
        match column {
            "" => format!("line {number}: {message}"),
            column => format!("line {number}, {column}: {message}"),
        }
    }
}
