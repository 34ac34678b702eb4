"""Starts moto's server: python start_moto.py PORT

moto's CloudFormation skips resource types that it has no model for, even if moto itself has the service. The table
below has a model for each such type of this stack: it calls the service's own operation, on this same server, with the
template's properties, so a property that the operation doesn't know fails the deployment.

AWS::S3::BucketPolicy is left out: moto enforces the deployment bucket's policy, which refuses plain HTTP, but serves only
plain HTTP.

A custom resource's function is not run (moto runs functions in Docker only): its event is printed and answered with
success. test/e2e/bundles.test.ts runs that function with such an event.
"""

import ipaddress
import itertools
import json
import os
import sys
import traceback
from typing import Any, Callable

import boto3
from botocore.exceptions import ClientError
from moto.awslambda.models import LambdaFunction
from moto.cloudformation import custom_model, parsing
from moto.cloudformation.models import ChangeSet, CloudFormationBackend, cloudformation_backends
from moto.core.common_models import CloudFormationModel
from moto.ec2.models import ec2_backends
from moto.ec2.models.route_tables import RouteTable
from moto.ec2.models.vpcs import VPC, VPCEndPoint
from moto.events.models import EventBus
from moto.iam.models import Role
from moto.rds.models import DBInstance, DBSubnetGroup
from moto.server import main

PORT = sys.argv[1]
os.environ["MOTO_PORT"] = PORT

Properties = dict[str, Any]


def client(service: str, region: str) -> Any:
    return boto3.client(
        service,
        region_name=region,
        endpoint_url=f"http://127.0.0.1:{PORT}",
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )


class Made:
    """A resource made by an operation: the values of Ref and Fn::GetAtt, and how to remove it."""

    def __init__(self, ref: str, attributes: Properties, remove: Callable[[], Any]):
        self.ref, self.attributes, self.remove = ref, attributes, remove


Make = Callable[[Callable[[str], Any], Properties, str], Made]


def with_numbers(properties: Properties, numbers: tuple[str, ...]) -> Properties:
    """CloudFormation accepts numbers as text, the operations don't."""
    return {name: int(value) if name in numbers else value for name, value in properties.items()}


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
    made = rds.create_db_cluster(**given)["DBCluster"]
    attributes = {
        "DBClusterArn": made["DBClusterArn"],
        "DBClusterResourceId": made["DbClusterResourceId"],
        "Endpoint.Address": made["Endpoint"],
        "Endpoint.Port": str(made["Port"]),
        "ReadEndpoint.Address": made.get("ReaderEndpoint"),
        "MasterUserSecret.SecretArn": made.get("MasterUserSecret", {}).get("SecretArn"),
    }
    remove = lambda: rds.delete_db_cluster(DBClusterIdentifier=made["DBClusterIdentifier"], SkipFinalSnapshot=True)
    return Made(made["DBClusterIdentifier"], attributes, remove)


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


def model(kind: str, make: Make) -> type[CloudFormationModel]:
    """A model for moto's CloudFormation, which finds it among the direct subclasses of CloudFormationModel."""

    class Model(CloudFormationModel):
        # moto derives the service's name from the module's name.
        __module__ = "moto.cloudformation.models"

        def __init__(self, made: Made):
            self.made = made

        @property
        def physical_resource_id(self) -> str:
            return self.made.ref

        @staticmethod
        def cloudformation_name_type() -> str:
            return ""

        @staticmethod
        def cloudformation_type() -> str:
            return kind

        @classmethod
        def has_cfn_attr(cls, attr: str) -> bool:
            return True

        @classmethod
        def create_from_cloudformation_json(
            cls, resource_name: str, cloudformation_json: Any, account_id: str, region_name: str, **kwargs: Any
        ) -> "Model":
            return cls(make(lambda service: client(service, region_name), cloudformation_json["Properties"], resource_name))

        @classmethod
        def update_from_cloudformation_json(
            cls, original_resource: Any, new_resource_name: str, cloudformation_json: Any, account_id: str, region_name: str
        ) -> "Model":
            if original_resource is not None:
                original_resource.made.remove()
            return cls.create_from_cloudformation_json(new_resource_name, cloudformation_json, account_id, region_name)

        def get_cfn_attribute(self, attribute_name: str) -> Any:
            return self.made.attributes[attribute_name]

        def delete(self, account_id: str, region_name: str) -> None:
            try:
                self.made.remove()
            except ClientError as error:
                # moto deletes in no particular order: an API or a group deleted earlier has taken its parts with it.
                if "NotFound" not in error.response["Error"]["Code"]:
                    raise

        def is_created(self) -> bool:
            return True

    return Model


MODEL_CLASSES = [model(kind, make) for kind, make in MODELS.items()]


def log_custom(kind: str, properties: Properties) -> None:
    print("CUSTOM RESOURCE " + json.dumps({"RequestType": kind, "ResourceProperties": properties}), flush=True)


def create_custom(
    cls: Any, resource_name: str, cloudformation_json: Any, account_id: str, region_name: str, **kwargs: Any
) -> Any:
    log_custom("Create", cloudformation_json["Properties"])
    made = custom_model.CustomModel(region_name, "request", kwargs["LogicalId"], resource_name)
    made.set_data({})
    return made


def update_custom(
    cls: Any, original_resource: Any, new_resource_name: str, cloudformation_json: Any, account_id: str, region_name: str
) -> Any:
    log_custom("Update", cloudformation_json["Properties"])
    return original_resource


custom_model.CustomModel.create_from_cloudformation_json = classmethod(create_custom)
custom_model.CustomModel.update_from_cloudformation_json = classmethod(update_custom)
custom_model.CustomModel.delete = lambda self, account_id, region_name: log_custom("Delete", {})

# moto's event bus and subnet group have no value for Ref.
EventBus.physical_resource_id = property(lambda self: self.name)
DBSubnetGroup.physical_resource_id = property(lambda self: self.name)

# moto has neither a network's IPv6 blocks nor Fn::Cidr: this adds a block of the documentation range, and the function.
own_attribute = VPC.get_cfn_attribute
VPC.get_cfn_attribute = lambda self, name: ["2001:db8:12:3400::/56"] if name == "Ipv6CidrBlocks" else own_attribute(self, name)
own_clean_json = parsing.clean_json


def clean_json(value: Any, resources: Any) -> Any:
    if isinstance(value, dict) and "Fn::Cidr" in value:
        block, count, bits = clean_json(value["Fn::Cidr"], resources)
        network = ipaddress.ip_network(block)
        subnets = network.subnets(new_prefix=network.max_prefixlen - int(bits))
        return [str(subnet) for subnet in itertools.islice(subnets, int(count))]
    return own_clean_json(value, resources)


parsing.clean_json = clean_json

# An instance of Aurora takes its cluster's version; moto asks for a default.
DBInstance.default_engine_versions["aurora-postgresql"] = "17.7"

# moto ignores a function's architecture in a template.
own_create_function = LambdaFunction.create_from_cloudformation_json.__func__


def create_function(cls: Any, resource_name: str, cloudformation_json: Any, *where: str, **kwargs: Any) -> LambdaFunction:
    made = own_create_function(cls, resource_name, cloudformation_json, *where, **kwargs)
    made.architectures = cloudformation_json["Properties"].get("Architectures", made.architectures)
    return made


LambdaFunction.create_from_cloudformation_json = classmethod(create_function)

# moto ignores the cluster of a database instance, too.
own_create_instance = DBInstance.create_from_cloudformation_json.__func__


def create_instance(cls: Any, resource_name: str, cloudformation_json: Any, *where: str, **kwargs: Any) -> DBInstance:
    made = own_create_instance(cls, resource_name, cloudformation_json, *where, **kwargs)
    made.db_cluster_identifier = cloudformation_json["Properties"].get("DBClusterIdentifier")
    return made


DBInstance.create_from_cloudformation_json = classmethod(create_instance)

# moto's change sets leave the stack with the outputs and exports of the previous template.
own_apply = ChangeSet.apply


def apply(self: ChangeSet) -> None:
    own_apply(self)
    self.stack.template = self.template
    self.stack._parse_template()
    self.stack.output_map = self.stack._create_output_map()
    exports = cloudformation_backends[self.stack.account_id][self.stack.region_name].exports
    exports.update({export.name: export for export in self.stack.exports})


ChangeSet.apply = apply

# moto keeps a template's role policy as an object, and returns it in Python's notation instead of JSON.
own_put_policy = Role.put_policy
Role.put_policy = lambda self, name, policy: own_put_policy(self, name, policy if isinstance(policy, str) else json.dumps(policy))

# moto does not delete these with their stack, so their network stays, too. The other types that it does not delete (routes,
# associations and a group's rules) are deleted with the resource that they are part of.
RouteTable.delete = lambda self, account_id, region_name: ec2_backends[account_id][region_name].delete_route_table(self.id)


def delete_endpoint(self: VPCEndPoint, account_id: str, region_name: str) -> None:
    backend = ec2_backends[account_id][region_name]
    self.route_table_ids = [table for table in self.route_table_ids if table in backend.route_tables]
    backend.delete_vpc_endpoints([self.id])


VPCEndPoint.delete = delete_endpoint

# Errors that stop a stack appear only in moto's answer, which the framework can't read: print them, too.
def printing_errors(own: Callable[..., Any]) -> Callable[..., Any]:
    def run(*given: Any, **named: Any) -> Any:
        try:
            return own(*given, **named)
        except BaseException:
            traceback.print_exc()
            raise

    return run


for operation in ("create", "update", "delete"):
    setattr(parsing.ResourceMap, operation, printing_errors(getattr(parsing.ResourceMap, operation)))

# moto answers ValidateTemplate with cfn-lint's warnings as errors. `npm run test:template` lints, with exceptions.
CloudFormationBackend.validate_template = lambda self, template: []

main(["-H", "127.0.0.1", "-p", PORT])
