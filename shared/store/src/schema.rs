//! The table's definition, for where it is not AWS CDK that makes it.

use aws_sdk_dynamodb::operation::create_table::CreateTableError;
use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, GlobalSecondaryIndex, KeySchemaElement, KeyType, Projection,
    ProjectionType, ScalarAttributeType,
};

use crate::Store;
use crate::error::{StoreError, StoreResult};
use crate::table::invalid;

const REQUEST: &str = "CreateTable";

fn attribute(name: &str) -> StoreResult<AttributeDefinition> {
    let builder = AttributeDefinition::builder().attribute_name(name);
    let built = builder.attribute_type(ScalarAttributeType::S).build();
    built.map_err(|error| invalid(REQUEST, &error))
}

fn key(name: &str, kind: KeyType) -> StoreResult<KeySchemaElement> {
    let built = KeySchemaElement::builder().attribute_name(name).key_type(kind).build();
    built.map_err(|error| invalid(REQUEST, &error))
}

impl Store {
    /// Creates the table with its index of orders by day, unless it is there.
    ///
    /// # Errors
    ///
    /// * [`StoreError`] where it could not be created.
    pub async fn create_table(&self) -> StoreResult<()> {
        let index = GlobalSecondaryIndex::builder()
            .index_name("gsi1")
            .key_schema(key("gsi1pk", KeyType::Hash)?)
            .key_schema(key("pk", KeyType::Range)?)
            .projection(Projection::builder().projection_type(ProjectionType::KeysOnly).build())
            .build()
            .map_err(|error| invalid(REQUEST, &error))?;
        self.create(&self.table, Some(index)).await
    }

    /// Creates the table of what is still to be posted, unless it is there.
    ///
    /// # Errors
    ///
    /// * [`StoreError`] where it could not be created.
    pub async fn create_changes_table(&self, table: &str) -> StoreResult<()> {
        self.create(table, None).await
    }

    async fn create(&self, table: &str, index: Option<GlobalSecondaryIndex>) -> StoreResult<()> {
        let indexed = index.as_ref().map(|_| attribute("gsi1pk")).transpose()?;
        let attributes = [Some(attribute("pk")?), Some(attribute("sk")?), indexed];
        let request = self
            .client
            .create_table()
            .table_name(table)
            .billing_mode(BillingMode::PayPerRequest)
            .set_attribute_definitions(Some(attributes.into_iter().flatten().collect()))
            .key_schema(key("pk", KeyType::Hash)?)
            .key_schema(key("sk", KeyType::Range)?)
            .set_global_secondary_indexes(index.map(|index| vec![index]));
        match request.send().await {
            Ok(_) => Ok(()),
            Err(error) => match error.as_service_error() {
                Some(CreateTableError::ResourceInUseException(_)) => Ok(()),
                _ => Err(StoreError::request(REQUEST)(error)),
            },
        }
    }
}
