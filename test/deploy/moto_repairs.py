"""Mends what moto does differently from AWS, or lacks. Importing this is enough."""

import ipaddress
import itertools
import json
from typing import Any

from moto.awslambda.models import LambdaFunction
from moto.cloudformation import parsing
from moto.cloudformation.models import CloudFormationBackend
from moto.ec2.models import ec2_backends
from moto.ec2.models.route_tables import RouteTable
from moto.ec2.models.vpcs import VPC, VPCEndPoint
from moto.events.models import EventBus
from moto.iam.models import Role
from moto.rds.models import DBInstance, DBSubnetGroup, RDSBackend

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

# moto keeps a template's role policy as an object, and returns it in Python's notation instead of JSON.
own_put_policy = Role.put_policy
Role.put_policy = lambda self, name, policy: own_put_policy(self, name, policy if isinstance(policy, str) else json.dumps(policy))

# moto does not delete these with their stack, so their network stays, too. The other types that it does not delete (routes,
# associations and a group's rules) are deleted with the resource that they are part of.
RouteTable.delete = lambda self, account_id, region_name: ec2_backends[account_id][region_name].delete_route_table(self.id)


def delete_endpoint(self: VPCEndPoint, account_id: str, region_name: str) -> None:
    backend = ec2_backends[account_id][region_name]
    self.route_table_ids = [table for table in self.route_table_ids or [] if table in backend.route_tables]
    backend.delete_vpc_endpoints([self.id])


VPCEndPoint.delete = delete_endpoint

# moto answers ValidateTemplate with cfn-lint's warnings as errors. `npm run test:template` lints, with exceptions.
CloudFormationBackend.validate_template = lambda self, template: []

# moto keeps a cluster's automated snapshots after the cluster is deleted, and refuses another cluster of that name.
own_delete_cluster = RDSBackend.delete_db_cluster


def delete_cluster(self: RDSBackend, cluster_identifier: str, snapshot_name: str | None = None) -> Any:
    deleted = own_delete_cluster(self, cluster_identifier, snapshot_name)
    for name, snapshot in list(self.cluster_snapshots.items()):
        if snapshot.snapshot_type == "automated" and snapshot.cluster.db_cluster_identifier == cluster_identifier:
            del self.cluster_snapshots[name]
    return deleted


RDSBackend.delete_db_cluster = delete_cluster
