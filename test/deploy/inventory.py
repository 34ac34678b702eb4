"""Prints the account's resources as JSON: python inventory.py ENDPOINT PREFIX. The stack's names start with PREFIX."""

import json
import sys

import boto3

endpoint, prefix = sys.argv[1:]


def aws(service):
    return boto3.client(
        service,
        region_name="eu-central-1",
        endpoint_url=endpoint,
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )


def pages(service, operation, field, **given):
    return [item for page in aws(service).get_paginator(operation).paginate(**given) for item in page[field]]


def ours(items, name):
    return [item for item in items if item[name].startswith(prefix)]


def queues():
    sqs = aws("sqs")
    urls = sqs.list_queues(QueueNamePrefix=prefix).get("QueueUrls", [])
    return {
        url.split("/")[-1]: sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"] for url in urls
    }


def rules():
    events = aws("events")
    found = []
    for bus in ["default", *[bus["Name"] for bus in ours(events.list_event_buses()["EventBuses"], "Name")]]:
        for rule in events.list_rules(EventBusName=bus)["Rules"]:
            targets = events.list_targets_by_rule(Rule=rule["Name"], EventBusName=bus)["Targets"]
            found.append({**rule, "Targets": targets})
    return found


def apis():
    gateway = aws("apigatewayv2")
    found = []
    for api in gateway.get_apis()["Items"]:
        key = {"ApiId": api["ApiId"]}
        routes = gateway.get_routes(**key)["Items"]
        # moto has no GetAuthorizers.
        authorizers = sorted({route["AuthorizerId"] for route in routes if "AuthorizerId" in route})
        found.append(
            {
                "Name": api["Name"],
                "Routes": routes,
                "Authorizers": [gateway.get_authorizer(AuthorizerId=one, **key) for one in authorizers],
                "Stages": gateway.get_stages(**key)["Items"],
            }
        )
    return found


def roles():
    iam = aws("iam")
    names = [role["RoleName"] for role in ours(pages("iam", "list_roles", "Roles"), "RoleName")]
    return {
        name: [
            statement
            for policy in iam.list_role_policies(RoleName=name)["PolicyNames"]
            for statement in iam.get_role_policy(RoleName=name, PolicyName=policy)["PolicyDocument"]["Statement"]
        ]
        for name in names
    }


def of_network(operation, field):
    ec2 = aws("ec2")
    default = [vpc["VpcId"] for vpc in ec2.describe_vpcs()["Vpcs"] if vpc["IsDefault"]]
    found = getattr(ec2, operation)()[field]
    return [one for one in found if one["VpcId"] not in default and one.get("State") != "deleted"]


inventory = {
    "stacks": [
        {"StackName": stack["StackName"], "StackStatus": stack["StackStatus"], "Outputs": stack.get("Outputs", []),
         "Protected": stack.get("EnableTerminationProtection")}
        for stack in ours(pages("cloudformation", "describe_stacks", "Stacks"), "StackName")
    ],
    "buckets": ours(aws("s3").list_buckets()["Buckets"], "Name"),
    "queues": queues(),
    "functions": ours(pages("lambda", "list_functions", "Functions"), "FunctionName"),
    "mappings": pages("lambda", "list_event_source_mappings", "EventSourceMappings"),
    "roles": roles(),
    "logGroups": [
        group for group in pages("logs", "describe_log_groups", "logGroups") if f"/{prefix}" in group["logGroupName"]
    ],
    "rules": rules(),
    "buses": ours(aws("events").list_event_buses()["EventBuses"], "Name"),
    "apis": apis(),
    "topics": aws("sns").list_topics()["Topics"],
    "alarms": ours(pages("cloudwatch", "describe_alarms", "MetricAlarms"), "AlarmName"),
    "dashboards": aws("cloudwatch").list_dashboards()["DashboardEntries"],
    "clusters": ours(aws("rds").describe_db_clusters()["DBClusters"], "DBClusterIdentifier"),
    "snapshots": ours(aws("rds").describe_db_cluster_snapshots()["DBClusterSnapshots"], "DBClusterIdentifier"),
    "instances": aws("rds").describe_db_instances()["DBInstances"],
    "networks": of_network("describe_vpcs", "Vpcs"),
    "subnets": of_network("describe_subnets", "Subnets"),
    "routeTables": of_network("describe_route_tables", "RouteTables"),
    "securityGroups": of_network("describe_security_groups", "SecurityGroups"),
    "endpoints": of_network("describe_vpc_endpoints", "VpcEndpoints"),
}
print(json.dumps(inventory, default=str))
