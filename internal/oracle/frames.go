// SPDX-License-Identifier: Apache-2.0

package oracle

import "strings"

// frame says how to write a block so that keepalived has nothing to say about it.
type frame struct {
	head string // the block's line behind its keyword
	body string // what must stand in it
	tail string // what must stand in it, behind everything else
	// before is what the body refers to, at the top.
	before string
}

// frames are the blocks that need more than their keyword.
var frames = map[string]frame{
	"vrrp_instance": {
		head: "VI_1",
		body: "interface eth0; virtual_router_id 51; priority 100; virtual_ipaddress {; 10.0.0.100/24; }",
	},
	"vrrp_instance.auth_hmac":                    {body: "key secret"},
	"vrrp_instance.authentication":               {body: "auth_type PASS; auth_pass secret"},
	"vrrp_sync_group":                            {head: "G1", body: "group {; VI_8; VI_9; }", before: instance("VI_8", "58") + "; " + instance("VI_9", "59")},
	"track_group":                                {head: "TG1", body: "group {; VI_8; }", before: instance("VI_8", "58")},
	"garp_group":                                 {body: "garp_interval 1; interfaces {; eth0; }"},
	"vrrp_script":                                {head: "chk", body: `script "/usr/bin/env true"`},
	"vrrp_track_process":                         {head: "proc", body: "process haproxy"},
	"track_file":                                 {head: "tf", body: "file /etc/hostname"},
	"vrrp_track_file":                            {head: "tf", body: "file /etc/hostname"},
	"bfd_instance":                               {head: "bfd1", body: "neighbor_ip 10.0.0.2"},
	"virtual_server":                             {head: "10.0.1.1 80", body: "protocol TCP; lb_algo rr; lb_kind NAT", tail: "real_server 10.0.2.9 80 {; weight 1; }"},
	"virtual_server_group":                       {head: "VSG1", body: "10.0.1.7 80"},
	"virtual_server.real_server":                 {head: "10.0.2.1 80", body: "weight 1"},
	"virtual_server.real_server.MISC_CHECK":      {body: `misc_path "/usr/bin/env true"`},
	"virtual_server.real_server.HTTP_GET":        {tail: "url {; path /; status_code 200; }"},
	"virtual_server.real_server.SSL_GET":         {tail: "url {; path /; status_code 200; }"},
	"virtual_server.real_server.HTTP_GET.url":    {body: "path /; status_code 200"},
	"virtual_server.real_server.SSL_GET.url":     {body: "path /; status_code 200"},
	"virtual_server.real_server.SMTP_CHECK.host": {body: "connect_ip 10.0.2.9"},
	"virtual_server.real_server.FILE_CHECK":      {body: "track_file tf", before: "track_file tf {; file /etc/hostname; }"},
	"virtual_server.real_server.BFD_CHECK":       {body: "name bfd1", before: "bfd_instance bfd1 {; neighbor_ip 10.0.0.2; }"},
}

// instance is a whole vrrp_instance that only needs to be there.
func instance(name, vrid string) string {
	return "vrrp_instance " + name + " {; interface eth0; virtual_router_id " + vrid +
		"; virtual_ipaddress {; 10.0.0." + vrid + "/24; }; }"
}

// split takes the short form of the frames apart into lines.
func split(text string) []string {
	if text == "" {
		return nil
	}
	return strings.Split(text, "; ")
}

// without drops the line, or the block, that a keyword begins.
func without(body []string, keyword string) []string {
	var out []string
	depth, dropping := 0, false
	for _, l := range body {
		word, _, _ := strings.Cut(l, " ")
		if dropping = depth > 0 && dropping || depth == 0 && word == keyword; !dropping {
			out = append(out, l)
		}
		depth += deeper(l)
	}
	return out
}

// deeper says how many more blocks are open behind a line.
func deeper(l string) int {
	switch {
	case strings.HasSuffix(l, "{"):
		return 1
	case l == "}":
		return -1
	default:
		return 0
	}
}
