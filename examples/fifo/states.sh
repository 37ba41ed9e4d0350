#!/bin/sh
# Reads lines such as INSTANCE "VI_1" MASTER 150 from the FIFO, its last argument, and keeps
# the last state of each instance in a file of /run/vrrp-states, for a monitoring agent.
mkdir -p /run/vrrp-states
while read -r kind name state priority; do
  [ "$kind" = INSTANCE ] || continue
  name=${name#\"}
  echo "$state $priority" >"/run/vrrp-states/${name%\"}"
done <"$1"
