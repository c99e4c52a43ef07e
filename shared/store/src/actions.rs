//! The actions of a transaction, each with its condition.

use aws_sdk_dynamodb::types::{
    ConditionCheck, Delete, Put, TransactWriteItem, Update as UpdateAction,
};

use crate::Store;
use crate::change::{Update, on_condition};
use crate::error::StoreResult;
use crate::item::{Item, number};
use crate::keys::Key;
use crate::table::{invalid, key_item};

impl Store {
    /// An update as an action of a transaction.
    pub(crate) fn update_action(
        &self,
        key: &Key,
        update: Update,
    ) -> StoreResult<TransactWriteItem> {
        let update = update.in_format();
        let action = UpdateAction::builder()
            .table_name(&*self.table)
            .set_key(Some(key_item(key)))
            .update_expression(update.expression());
        let action = on_condition!(action, update).build();
        let action = action.map_err(|error| invalid("TransactWriteItems", &error))?;
        Ok(TransactWriteItem::builder().update(action).build())
    }

    /// The conditions of an update as an action of a transaction that changes nothing of the item.
    pub(crate) fn check_action(&self, key: &Key, check: &Update) -> StoreResult<TransactWriteItem> {
        let action =
            ConditionCheck::builder().table_name(&*self.table).set_key(Some(key_item(key)));
        let action = on_condition!(action, check).build();
        let action = action.map_err(|error| invalid("TransactWriteItems", &error))?;
        Ok(TransactWriteItem::builder().condition_check(action).build())
    }

    /// A new item as an action of a transaction: refused where there is one, or where the one that
    /// is there is no longer the `n`th write of it.
    pub(crate) fn put_action(&self, item: Item, n: Option<u64>) -> StoreResult<TransactWriteItem> {
        let condition = match n {
            None => Update::new().when_absent("pk"),
            Some(n) => Update::new().when_equal("n", number(n)).when_known(),
        };
        let action = Put::builder().table_name(&*self.table).set_item(Some(item));
        let action = on_condition!(action, condition).build();
        let action = action.map_err(|error| invalid("TransactWriteItems", &error))?;
        Ok(TransactWriteItem::builder().put(action).build())
    }

    /// The end of an item as an action of a transaction: refused where the one that is there is no
    /// longer the `n`th write of it.
    pub(crate) fn delete_action(&self, key: &Key, n: u64) -> StoreResult<TransactWriteItem> {
        let condition = Update::new().when_equal("n", number(n)).when_known();
        let action = Delete::builder().table_name(&*self.table).set_key(Some(key_item(key)));
        let action = on_condition!(action, condition).build();
        let action = action.map_err(|error| invalid("TransactWriteItems", &error))?;
        Ok(TransactWriteItem::builder().delete(action).build())
    }
}
