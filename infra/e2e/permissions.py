"""Requests that a role can be tried with, by what they ask of and by action. None changes anything
that anybody would miss."""

from botocore.exceptions import ClientError

REFUSED = {"AccessDenied", "AccessDeniedException", "AuthorizationError"}
NOBODY = {"pk": {"S": "permissions#NOBODY"}, "sk": {"S": "NOTHING"}}


def table(client, name):
    """Of the table, its index and its stream; a write is of an item of its own."""
    items, streams, key = client("dynamodb"), client("dynamodbstreams"), {"Key": NOBODY}
    named = {"TableName": name}
    by_key = {"KeyConditionExpression": "pk = :pk",
              "ExpressionAttributeValues": {":pk": NOBODY["pk"]}}
    by_index = by_key | {"IndexName": "gsi1", "KeyConditionExpression": "gsi1pk = :pk"}
    delete = [{"DeleteRequest": {"Key": NOBODY}}]
    return {
        ("Arn", "dynamodb:GetItem"): lambda: items.get_item(**named, **key),
        ("Arn", "dynamodb:BatchGetItem"):
            lambda: items.batch_get_item(RequestItems={name: {"Keys": [NOBODY]}}),
        ("Arn", "dynamodb:Query"): lambda: items.query(**named, **by_key),
        ("Arn", "dynamodb:Scan"): lambda: items.scan(**named, Limit=1),
        ("Arn", "dynamodb:PutItem"): lambda: items.put_item(**named, Item=NOBODY),
        ("Arn", "dynamodb:UpdateItem"): lambda: items.update_item(**named, **key),
        ("Arn", "dynamodb:DeleteItem"): lambda: items.delete_item(**named, **key),
        ("Arn", "dynamodb:BatchWriteItem"):
            lambda: items.batch_write_item(RequestItems={name: delete}),
        ("Arn", "dynamodb:DescribeTable"): lambda: items.describe_table(**named),
        ("Arn", "dynamodb:UpdateTable"):
            lambda: items.update_table(**named, BillingMode="PAY_PER_REQUEST"),
        ("Arn/index/gsi1", "dynamodb:Query"): lambda: items.query(**named, **by_index),
        ("StreamArn", "dynamodb:ListStreams"): lambda: streams.list_streams(**named),
    }


def queue(client, address):
    """Of a queue. Nothing is received that is there."""
    queues, named = client("sqs"), {"QueueUrl": address}
    message = named | {"ReceiptHandle": "none"}
    return {
        ("Arn", "sqs:ReceiveMessage"): lambda: queues.receive_message(**named, VisibilityTimeout=0),
        ("Arn", "sqs:DeleteMessage"): lambda: queues.delete_message(**message),
        ("Arn", "sqs:ChangeMessageVisibility"):
            lambda: queues.change_message_visibility(**message, VisibilityTimeout=0),
        ("Arn", "sqs:GetQueueAttributes"):
            lambda: queues.get_queue_attributes(**named, AttributeNames=["QueueArn"]),
        ("Arn", "sqs:SetQueueAttributes"):
            lambda: queues.set_queue_attributes(**named, Attributes={"DelaySeconds": "0"}),
        ("Arn", "sqs:PurgeQueue"): lambda: queues.purge_queue(**named),
    }


def bus(client, name):
    """Of the bus; no rule has the detail-type."""
    events = client("events")
    entry = {"EventBusName": name, "Source": "permissions", "DetailType": "Nothing",
             "Detail": "{}"}
    return {
        ("Arn", "events:PutEvents"): lambda: events.put_events(Entries=[entry]),
        ("Arn", "events:DescribeEventBus"): lambda: events.describe_event_bus(Name=name),
    }


def logs(client, name):
    """Of a group of logs."""
    groups, stream = client("logs"), {"logGroupName": name, "logStreamName": "permissions"}
    return {
        ("Arn", "logs:CreateLogStream"): lambda: groups.create_log_stream(**stream),
        ("Arn", "logs:PutLogEvents"): lambda: groups.put_log_events(
            **stream, logEvents=[{"timestamp": 0, "message": "{}"}]),
        ("Arn", "logs:FilterLogEvents"):
            lambda: groups.filter_log_events(logGroupName=name, limit=1),
        ("Arn", "logs:DeleteRetentionPolicy"):
            lambda: groups.delete_retention_policy(logGroupName=name),
    }


def bucket(client, name):
    """Of a bucket; no object has the name."""
    objects, named = client("s3"), {"Bucket": name}
    key = named | {"Key": "permissions/NOTHING"}
    return {
        ("Arn", "s3:ListBucket"): lambda: objects.list_objects_v2(**named, MaxKeys=1),
        ("Arn", "s3:GetBucketPolicy"): lambda: objects.get_bucket_policy(**named),
        ("Arn", "s3:DeleteBucketPolicy"): lambda: objects.delete_bucket_policy(**named),
        ("Arn", "s3:PutBucketVersioning"): lambda: objects.put_bucket_versioning(
            **named, VersioningConfiguration={"Status": "Enabled"}),
        ("Arn/*", "s3:GetObject"): lambda: objects.get_object(**key),
        ("Arn/*", "s3:PutObject"): lambda: objects.put_object(**key, Body=b""),
        ("Arn/*", "s3:DeleteObject"): lambda: objects.delete_object(**key),
    }


def account(client):
    """Of nothing that is the stack's."""
    return {
        "s3:ListAllMyBuckets": lambda: client("s3").list_buckets(),
        "iam:ListRoles": lambda: client("iam").list_roles(),
        "lambda:ListFunctions": lambda: client("lambda").list_functions(),
        "secretsmanager:ListSecrets": lambda: client("secretsmanager").list_secrets(),
        "dynamodb:ListTables": lambda: client("dynamodb").list_tables(),
        "sqs:ListQueues": lambda: client("sqs").list_queues(),
    }


OF_KIND = {
    "AWS::DynamoDB::Table": table, "AWS::SQS::Queue": queue, "AWS::Events::EventBus": bus,
    "AWS::Logs::LogGroup": logs, "AWS::S3::Bucket": bucket,
}


def may(call):
    """Whether a request is let through, whatever is answered behind that."""
    try:
        call()
    except ClientError as error:
        return error.response["Error"]["Code"] not in REFUSED
    return True
