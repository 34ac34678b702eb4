"""Resource types of this stack that moto's CloudFormation has no model for, made by the services' own operations."""

import json
import os
import uuid
from typing import Any, Callable

import boto3

Properties = dict[str, Any]


def client(service: str, region: str) -> Any:
    return boto3.client(
        service,
        region_name=region,
        endpoint_url=f"http://127.0.0.1:{os.environ['MOTO_PORT']}",
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )


class Made:
    """A resource made by an operation: the values of Ref and Fn::GetAtt, and how to remove it (archive: with a snapshot), and to change it."""

    def __init__(
        self,
        ref: str,
        attributes: Properties,
        remove: Callable[[], Any],
        update: Callable[[Properties], Any] | None = None,
        archive: Callable[[], Any] | None = None,
    ):
        self.ref, self.attributes, self.remove, self.update, self.archive = ref, attributes, remove, update, archive


Make = Callable[[Callable[[str], Any], Properties, str], Made]


def with_numbers(properties: Properties, numbers: tuple[str, ...]) -> Properties:
    """CloudFormation accepts numbers as text, the operations don't."""
    return {name: int(value) if name in numbers else value for name, value in properties.items()}


def is_true(value: Any) -> bool:
    """CloudFormation accepts booleans as text."""
    return str(value).lower() == "true"


def alarm(aws: Callable[[str], Any], properties: Properties, name: str) -> Made:
    cloudwatch = aws("cloudwatch")
    given = {"AlarmName": name, **with_numbers(properties, ("EvaluationPeriods", "DatapointsToAlarm", "Period"))}
    cloudwatch.put_metric_alarm(**given)
    arn = cloudwatch.describe_alarms(AlarmNames=[given["AlarmName"]])["MetricAlarms"][0]["AlarmArn"]
    remove = lambda: cloudwatch.delete_alarms(AlarmNames=[given["AlarmName"]])
    return Made(given["AlarmName"], {"Arn": arn}, remove)


def api(aws: Callable[[str], Any], properties: Properties, name: str) -> Made:
    gateway = aws("apigatewayv2")
    made = gateway.create_api(**{"Name": name, **properties})
    remove = lambda: gateway.delete_api(ApiId=made["ApiId"])
    return Made(made["ApiId"], {"ApiEndpoint": made["ApiEndpoint"], "ApiId": made["ApiId"]}, remove)


def stage(aws: Callable[[str], Any], properties: Properties, _name: str) -> Made:
    gateway = aws("apigatewayv2")
    gateway.create_stage(**properties)
    key = {"ApiId": properties["ApiId"], "StageName": properties["StageName"]}
    return Made(properties["StageName"], {}, lambda: gateway.delete_stage(**key))


def part_of_api(kind: str) -> Make:
    def make(aws: Callable[[str], Any], properties: Properties, _name: str) -> Made:
        gateway = aws("apigatewayv2")
        made = getattr(gateway, f"create_{kind}")(**with_numbers(properties, ("TimeoutInMillis", "AuthorizerResultTtlInSeconds")))
        field = f"{kind.capitalize()}Id"
        key = {"ApiId": properties["ApiId"], field: made[field]}
        return Made(made[field], {field: made[field]}, lambda: getattr(gateway, f"delete_{kind}")(**key))

    return make


def queue_policy(aws: Callable[[str], Any], properties: Properties, name: str) -> Made:
    sqs = aws("sqs")
    for queue in properties["Queues"]:
        sqs.set_queue_attributes(QueueUrl=queue, Attributes={"Policy": json.dumps(properties["PolicyDocument"])})
    return Made(name, {"Id": name}, lambda: None)


def topic_policy(aws: Callable[[str], Any], properties: Properties, name: str) -> Made:
    sns = aws("sns")
    policy = json.dumps(properties["PolicyDocument"])
    for topic in properties["Topics"]:
        sns.set_topic_attributes(TopicArn=topic, AttributeName="Policy", AttributeValue=policy)
    return Made(name, {"Id": name}, lambda: None)


def subscription(aws: Callable[[str], Any], properties: Properties, _name: str) -> Made:
    sns = aws("sns")
    arn = sns.subscribe(ReturnSubscriptionArn=True, **properties)["SubscriptionArn"]
    return Made(arn, {"Arn": arn}, lambda: sns.unsubscribe(SubscriptionArn=arn))


def invoke_config(aws: Callable[[str], Any], properties: Properties, name: str) -> Made:
    functions = aws("lambda")
    given = with_numbers(properties, ("MaximumRetryAttempts", "MaximumEventAgeInSeconds"))
    key = {"FunctionName": given["FunctionName"]}
    # moto keeps one configuration per function, whatever the qualifier.
    functions.put_function_event_invoke_config(**{field: value for field, value in given.items() if field != "Qualifier"})
    return Made(name, {}, lambda: functions.delete_function_event_invoke_config(**key))


def cluster(aws: Callable[[str], Any], properties: Properties, name: str) -> Made:
    rds = aws("rds")
    given = {"DBClusterIdentifier": name.lower(), **with_numbers(properties, ("BackupRetentionPeriod", "Port"))}
    given["VpcSecurityGroupIds"] = given.pop("VpcSecurityGroupIds", [])
    given["DeletionProtection"] = is_true(given["DeletionProtection"])
    made = rds.create_db_cluster(**given)["DBCluster"]
    attributes = {
        "DBClusterArn": made["DBClusterArn"],
        "DBClusterResourceId": made["DbClusterResourceId"],
        "Endpoint.Address": made["Endpoint"],
        "Endpoint.Port": str(made["Port"]),
        "ReadEndpoint.Address": made.get("ReaderEndpoint"),
        "MasterUserSecret.SecretArn": made.get("MasterUserSecret", {}).get("SecretArn"),
    }
    key = {"DBClusterIdentifier": made["DBClusterIdentifier"]}
    remove = lambda: rds.delete_db_cluster(SkipFinalSnapshot=True, **key)
    update = lambda changed: rds.modify_db_cluster(DeletionProtection=is_true(changed["DeletionProtection"]), **key)
    archive = lambda: rds.delete_db_cluster(FinalDBSnapshotIdentifier=f"{name.lower()}-{uuid.uuid4()}", **key)
    return Made(made["DBClusterIdentifier"], attributes, remove, update, archive)


def cluster_parameters(aws: Callable[[str], Any], properties: Properties, name: str) -> Made:
    rds = aws("rds")
    group = properties.get("DBClusterParameterGroupName", name.lower())
    rds.create_db_cluster_parameter_group(
        DBClusterParameterGroupName=group,
        DBParameterGroupFamily=properties["Family"],
        Description=properties["Description"],
    )
    return Made(group, {}, lambda: rds.delete_db_cluster_parameter_group(DBClusterParameterGroupName=group))


def egress_gateway(aws: Callable[[str], Any], properties: Properties, _name: str) -> Made:
    ec2 = aws("ec2")
    made = ec2.create_egress_only_internet_gateway(VpcId=properties["VpcId"])["EgressOnlyInternetGateway"]
    key = {"EgressOnlyInternetGatewayId": made["EgressOnlyInternetGatewayId"]}
    return Made(*key.values(), {"Id": made["EgressOnlyInternetGatewayId"]}, lambda: ec2.delete_egress_only_internet_gateway(**key))


def network_block(aws: Callable[[str], Any], properties: Properties, _name: str) -> Made:
    ec2 = aws("ec2")
    made = ec2.associate_vpc_cidr_block(**properties)
    association = made.get("Ipv6CidrBlockAssociation") or made["CidrBlockAssociation"]
    return Made(association["AssociationId"], {"Id": association["AssociationId"]}, lambda: None)


def egress_rule(aws: Callable[[str], Any], properties: Properties, _name: str) -> Made:
    ec2 = aws("ec2")
    permission: Properties = {"IpProtocol": properties["IpProtocol"]}
    for port in ("FromPort", "ToPort"):
        if port in properties:
            permission[port] = int(properties[port])
    if "CidrIp" in properties:
        permission["IpRanges"] = [{"CidrIp": properties["CidrIp"]}]
    if "CidrIpv6" in properties:
        permission["Ipv6Ranges"] = [{"CidrIpv6": properties["CidrIpv6"]}]
    if "DestinationSecurityGroupId" in properties:
        permission["UserIdGroupPairs"] = [{"GroupId": properties["DestinationSecurityGroupId"]}]
    made = ec2.authorize_security_group_egress(GroupId=properties["GroupId"], IpPermissions=[permission])
    rule = made["SecurityGroupRules"][0]["SecurityGroupRuleId"]
    return Made(rule, {"Id": rule}, lambda: None)


MODELS: dict[str, Make] = {
    "AWS::ApiGatewayV2::Api": api,
    "AWS::ApiGatewayV2::Authorizer": part_of_api("authorizer"),
    "AWS::ApiGatewayV2::Integration": part_of_api("integration"),
    "AWS::ApiGatewayV2::Route": part_of_api("route"),
    "AWS::ApiGatewayV2::Stage": stage,
    "AWS::CloudWatch::Alarm": alarm,
    "AWS::EC2::EgressOnlyInternetGateway": egress_gateway,
    "AWS::EC2::SecurityGroupEgress": egress_rule,
    "AWS::EC2::VPCCidrBlock": network_block,
    "AWS::Lambda::EventInvokeConfig": invoke_config,
    "AWS::RDS::DBCluster": cluster,
    "AWS::RDS::DBClusterParameterGroup": cluster_parameters,
    "AWS::SNS::Subscription": subscription,
    "AWS::SNS::TopicPolicy": topic_policy,
    "AWS::SQS::QueuePolicy": queue_policy,
}
