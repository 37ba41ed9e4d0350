#!/bin/sh
# Called at each change of state: INSTANCE NAME STATE PRIORITY.
exec logger -t vrrp-notify "$1 $2 is now $3 with priority $4"
