# shellcheck shell=bash
# amqtt before 0.12, from PyPI. It sends retained messages to everybody who connects.
. "$brokers/amqtt/broker.sh"
TITLE=amqtt
VERSION=0.11.4
