#!/bin/bash
# Runs inside the LocalStack container once it answers: makes what serverless.yml makes on AWS.
set -euo pipefail

queues=/etc/my-little-ps/queues

# The queue of operations comes last: it names the other one, and the container counts as healthy once it exists.
awslocal events create-event-bus --name my-little-ps-local
awslocal sqs create-queue --cli-input-json "file://$queues/dead-letters.json"
awslocal sqs create-queue --cli-input-json "file://$queues/operations.json"
