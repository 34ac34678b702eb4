"""What moto's CloudFormation and Lambda lack around a stack: rollback, termination protection, the account's quota.

The rollback is a model of CloudFormation's, as far as this project depends on it. A failed update deletes what it had
created, the newest first, with the DeletionPolicy of each; what can't be deleted, such as a protected database, is left in
the account and is no longer part of the stack. Everything else is updated to its old properties, also the resource that
failed; a custom resource gets an Update with them. Then the stack is UPDATE_ROLLBACK_COMPLETE.
"""

import json
import traceback
from typing import Any, Callable

import moto_control
from moto.awslambda import urls as lambda_urls
from moto.awslambda.models import LambdaFunction
from moto.awslambda.responses import LambdaResponse
from moto.cloudformation import parsing
from moto.cloudformation.exceptions import ValidationError
from moto.cloudformation.models import ChangeSet, CloudFormationBackend, Event, Stack, cloudformation_backends
from moto.cloudformation.responses import CloudFormationResponse
from moto.core.responses import ActionResult

own_create_resource = parsing.parse_and_create_resource


def create_resource(logical_id: str, resource_json: Any, *given: Any, **named: Any) -> Any:
    if not resource_json["Type"].startswith("Custom::"):
        moto_control.refuse(logical_id)
    return own_create_resource(logical_id, resource_json, *given, **named)


parsing.parse_and_create_resource = create_resource

# moto's change sets leave the stack with the outputs, exports and parameters of the previous template.
own_apply = ChangeSet.apply


def apply(self: ChangeSet) -> None:
    own_apply(self)
    self.stack.template = self.template
    self.stack.parameters = self.parameters
    renew(self.stack)


ChangeSet.apply = apply


def renew(stack: Stack) -> None:
    stack._parse_template()
    stack.output_map = stack._create_output_map()
    exports = cloudformation_backends[stack.account_id][stack.region_name].exports
    exports.update({export.name: export for export in stack.exports})


own_execute = CloudFormationBackend.execute_change_set


def execute_change_set(self: CloudFormationBackend, change_set_name: str, stack_name: str | None = None) -> None:
    stack = self.stacks[self.describe_change_set(change_set_name).stack_id]
    before = list(stack.resource_map._parsed_resources)
    try:
        own_execute(self, change_set_name, stack_name)
    except moto_control.Refused as refused:
        roll_back(stack, before, refused)


CloudFormationBackend.execute_change_set = execute_change_set


def roll_back(stack: Stack, before: list[str], refused: moto_control.Refused) -> None:
    add_event(stack, refused.resource, "CREATE_FAILED", str(refused))
    stack._add_stack_event("UPDATE_ROLLBACK_IN_PROGRESS", str(refused))
    resources = stack.resource_map
    template = dict(resources._resource_json_map)
    for name in reversed([name for name in resources._parsed_resources if name not in before]):
        made = resources._parsed_resources.pop(name)
        json_of = template.pop(name, None)
        try:
            if json_of is not None:
                resources._delete_resource(made, json_of)
        except Exception:
            print(f"LEFT BEHIND {name}", flush=True)
            traceback.print_exc()
    stack._parse_template()
    resources._resource_json_map = {name: value for name, value in template.items() if name in stack.template_dict["Resources"]}
    resources.input_parameters, resources.resolved_parameters = stack.parameters, {}
    moto_control.rolling_back = True
    try:
        resources.update(stack.template_dict, stack.parameters)
    finally:
        moto_control.rolling_back = False
    renew(stack)
    stack._add_stack_event("UPDATE_ROLLBACK_COMPLETE")
    stack.status = "UPDATE_ROLLBACK_COMPLETE"


def add_event(stack: Stack, resource: str, status: str, reason: str) -> None:
    kind = "AWS::CloudFormation::CustomResource"
    stack.events.append(Event(stack.stack_id, stack.name, resource, resource, kind, status, reason, None))


def update_termination_protection(self: CloudFormationResponse) -> ActionResult:
    stack = self.cloudformation_backend.get_stack(self._get_param("StackName"))
    stack.enable_termination_protection = self._get_bool_param("EnableTerminationProtection")
    return ActionResult({"StackId": stack.stack_id})


CloudFormationResponse.update_termination_protection = update_termination_protection

own_delete_stack = CloudFormationBackend.delete_stack


def delete_stack(self: CloudFormationBackend, name_or_stack_id: str) -> None:
    stack = self.get_stack(name_or_stack_id)
    if stack.enable_termination_protection:
        raise ValidationError(message=f"Stack [{stack.name}] cannot be deleted while TerminationProtection is enabled")
    own_delete_stack(self, name_or_stack_id)


CloudFormationBackend.delete_stack = delete_stack


def get_account_settings(self: LambdaResponse) -> str:
    quota = moto_control.decided()["quota"]
    functions: list[LambdaFunction] = list(self.backend._lambdas.all())
    reserved = sum(int(one.reserved_concurrency or 0) for one in functions)
    return json.dumps({"AccountLimit": {"ConcurrentExecutions": quota, "UnreservedConcurrentExecutions": quota - reserved}})


LambdaResponse.get_account_settings = get_account_settings
lambda_urls.url_paths[r"{0}/(?P<api_version>[^/]+)/account-settings/?$"] = LambdaResponse.dispatch

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
