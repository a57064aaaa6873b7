# shellcheck shell=bash
# aedes 2, the beta from npm. Some input ends it.
. "$brokers/aedes1/broker.sh"
TITLE=aedes
VERSION=2.0.0-beta.1
