// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"net/netip"
	"strings"

	"vipward/conf"
	"vipward/vrrp"
)

// aboutLeftovers: without a daemon nothing of one may be here.
func aboutLeftovers(_ *conf.Config, p patient) []finding {
	if p.Daemon || p.Shut || len(p.Others) > 0 {
		return nil
	}
	var left []string
	if len(p.Held) > 0 {
		left = append(left, "the addresses "+strings.Join(p.Held, ", "))
	}
	if len(p.Tables) > 0 {
		left = append(left, "the nftables tables "+strings.Join(p.Tables, ", "))
	}
	if p.Services > 0 {
		left = append(left, fmt.Sprintf("%d services in the IPVS table", p.Services))
	}
	if left == nil {
		return []finding{{fine, "leftovers", "nothing of an earlier daemon is left", ""}}
	}
	return []finding{{doubtful, "leftovers", "no daemon answers, and yet there are " + strings.Join(left, "; "), "if none runs: start one, which takes them over, or delete them; another router may have the addresses too"}}
}

func aboutDaemon(_ *conf.Config, p patient) []finding {
	if p.Shut {
		return []finding{{doubtful, "daemon", "this user may not ask the daemon", "sudo vipward doctor, or the group of --control-group"}}
	}
	if !p.Daemon {
		return []finding{{fine, "daemon", "vipward does not run, or not with this socket", ""}}
	}
	out := []finding{{fine, "daemon", "vipward runs and answers", ""}}
	for _, name := range p.Resting {
		out = append(out, finding{doubtful, "daemon", name + " rests: it leaves the mastership to others", "vipward maintenance " + name + " off"})
	}
	return out
}

// tested says whether an instance hears its own test packets; a unicast one sends none.
func tested(vi vrrp.InstanceStatus) bool {
	return !vi.Unicast && !vi.Deaf && (vi.State == "MASTER" || vi.State == "BACKUP")
}

// aboutPeers tells what a running daemon knows of the other routers. A backup is silent, so
// that a master cannot know of one by listening.
func aboutPeers(_ *conf.Config, p patient) []finding {
	var out []finding
	var heard, own []string
	for _, vi := range p.Running {
		switch {
		case vi.State == "BACKUP" && vi.Master != nil:
			heard = append(heard, vi.Name)
		case vi.State == "MASTER":
			own = append(own, vi.Name)
		}
		out = append(out, aboutPeersOf(vi, p.Silent)...)
	}
	if heard != nil {
		out = append(out, finding{fine, "peers", "another master is heard: " + few(heard), ""})
	}
	if own != nil {
		out = append(out, finding{
			fine, "peers", "this node is master, and backups are silent: " + few(own),
			"vipward failover NAME hands over to one that is ready, and changes nothing without one",
		})
	}
	return out
}

// fewNames bounds a list in a line.
const fewNames = 5

func few(names []string) string {
	if len(names) <= fewNames {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(names[:fewNames], ", "), len(names)-fewNames)
}

func aboutPeersOf(vi vrrp.InstanceStatus, silent map[netip.Addr]bool) []finding {
	var out []finding
	for reason, n := range sortedPairs(vi.Counters.Dropped) {
		out = append(out, finding{
			doubtful, "peers", fmt.Sprintf("%s has dropped %d packets of other routers: %s", vi.Name, n, reason),
			"compare the routers: vipward check FILE OTHERS-FILE",
		})
	}
	for _, peer := range vi.Peers {
		if silent[peer] {
			out = append(out, finding{broken, "peers", fmt.Sprintf("the peer %s of %s does not answer on the local network", peer, vi.Name), "ping " + peer.String()})
		}
	}
	if vi.SendErr != "" {
		out = append(out, finding{broken, "peers", vi.Name + " cannot send adverts: " + vi.SendErr, ""})
	}
	return out
}
