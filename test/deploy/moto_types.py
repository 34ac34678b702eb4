"""Gives moto's CloudFormation the resource types of moto_models.py, and a custom resource whose function is not run."""

import json
from typing import Any

import moto_control
import moto_models
from botocore.exceptions import ClientError
from moto.cloudformation import custom_model
from moto.core.common_models import CloudFormationModel


def model(kind: str, make: moto_models.Make) -> type[CloudFormationModel]:
    """A model for moto's CloudFormation, which finds it among the direct subclasses of CloudFormationModel."""

    class Model(CloudFormationModel):
        # moto derives the service's name from the module's name.
        __module__ = "moto.cloudformation.models"

        def __init__(self, made: moto_models.Made, leaves_snapshot: bool):
            self.made = made
            self.leaves_snapshot = leaves_snapshot

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
            made = make(lambda service: moto_models.client(service, region_name), cloudformation_json["Properties"], resource_name)
            return cls(made, cloudformation_json.get("DeletionPolicy") == "Snapshot")

        @classmethod
        def update_from_cloudformation_json(
            cls, original_resource: Any, new_resource_name: str, cloudformation_json: Any, account_id: str, region_name: str
        ) -> "Model":
            if original_resource is not None and original_resource.made.update is not None:
                original_resource.made.update(cloudformation_json["Properties"])
                original_resource.leaves_snapshot = cloudformation_json.get("DeletionPolicy") == "Snapshot"
                return original_resource
            if original_resource is not None:
                original_resource.made.remove()
            return cls.create_from_cloudformation_json(new_resource_name, cloudformation_json, account_id, region_name)

        def get_cfn_attribute(self, attribute_name: str) -> Any:
            return self.made.attributes[attribute_name]

        def delete(self, account_id: str, region_name: str) -> None:
            try:
                (self.made.archive if self.leaves_snapshot else self.made.remove)()
            except ClientError as error:
                # moto deletes in no particular order: an API or a group deleted earlier has taken its parts with it.
                if "NotFound" not in error.response["Error"]["Code"]:
                    raise

        def is_created(self) -> bool:
            return True

    return Model


# moto looks for subclasses, which exist as long as somebody holds them.
TYPES = [model(kind, make) for kind, make in moto_models.MODELS.items()]


def called(kind: str, properties: moto_models.Properties, resource: str = "") -> None:
    """Records CloudFormation's request to the function, which answers with success, or FAILED if the test wants that."""
    print("CUSTOM RESOURCE " + json.dumps({"RequestType": kind, "ResourceProperties": properties}), flush=True)
    moto_control.refuse(resource)


def create_custom(
    cls: Any, resource_name: str, cloudformation_json: Any, account_id: str, region_name: str, **kwargs: Any
) -> Any:
    called("Create", cloudformation_json["Properties"], kwargs["LogicalId"])
    made = custom_model.CustomModel(region_name, "request", kwargs["LogicalId"], resource_name)
    made.set_data({})
    return made


def update_custom(
    cls: Any, original_resource: Any, new_resource_name: str, cloudformation_json: Any, account_id: str, region_name: str
) -> Any:
    called("Update", cloudformation_json["Properties"], original_resource.logical_id)
    return original_resource


custom_model.CustomModel.create_from_cloudformation_json = classmethod(create_custom)
custom_model.CustomModel.update_from_cloudformation_json = classmethod(update_custom)
custom_model.CustomModel.delete = lambda self, account_id, region_name: called("Delete", {})
