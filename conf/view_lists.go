// SPDX-License-Identifier: Apache-2.0

package conf

import (
	"fmt"
	"strings"
	"unicode"
)

// listInfo describes the elements of a list of the Config.
type listInfo struct {
	label string   // what the configuration file calls an element
	key   []string // the fields that tell an element from the others; none: its place
}

// listInfos are the lists whose elements have an identity, by type and field. In all
// others the order counts, and they change as a whole.
var listInfos = map[string]listInfo{
	"Config.Scripts":            {"vrrp_script", byName},
	"Config.Files":              {"track_file", byName},
	"Config.Processes":          {"vrrp_track_process", byName},
	"Config.BFDs":               {"bfd_instance", byName},
	"Config.Instances":          {"vrrp_instance", byName},
	"Config.SyncGroups":         {"vrrp_sync_group", byName},
	"Config.TrackGroups":        {"track_group", byName},
	"Config.StaticAddresses":    {"static_ipaddress", byPrefix},
	"Config.StaticRoutes":       {"static_routes", byRoute},
	"Config.StaticRules":        {"static_rules", byRule},
	"Config.GARPGroups":         {"garp_group", []string{"interfaces"}},
	"Config.Linkbeats":          {"linkbeat_interfaces", byInterface},
	"Config.LinkDelays":         {"interface_up_down_delays", byInterface},
	"Config.ServerGroups":       {"virtual_server_group", byName},
	"Config.VirtualServers":     {"virtual_server", []string{"addr", "port", "fwmark", "group", "protocol"}},
	"Global.NotificationEmail":  {"notification_email", byText},
	"SyncGroup.Members":         {"group", byText},
	"SyncGroup.TrackScripts":    {"track_script", []string{"script"}},
	"TrackGroup.Members":        {"group", byText},
	"Instance.Peers":            {"unicast_peer", byText},
	"Instance.VIPs":             {"virtual_ipaddress", byPrefix},
	"Instance.ExcludedVIPs":     {"virtual_ipaddress_excluded", byPrefix},
	"Instance.Routes":           {"virtual_routes", byRoute},
	"Instance.Rules":            {"virtual_rules", byRule},
	"Instance.TrackScripts":     {"track_script", []string{"script"}},
	"AuthHMAC.Keys":             {"key", []string{"id"}},
	"Tracking.Interfaces":       {"track_interface", byInterface},
	"Tracking.Files":            {"track_file", []string{"file"}},
	"Tracking.Processes":        {"track_process", []string{"process"}},
	"Tracking.BFDs":             {"track_bfd", []string{"bfd"}},
	"ServerGroup.Entries":       {"entry", []string{"first", "last", "port", "fwmark", "family"}},
	"VirtualServer.RealServers": {"real_server", []string{"addr", "port"}},
	"RealServer.Checkers":       {"checker", []string{"kind", "connect_ip", "connect_port"}},
	"HTTPCheck.URLs":            {"url", []string{"path", "host"}},
}

// The usual identities. An element of plain text is its own.
var (
	byName      = []string{"name"}
	byText      = []string{""}
	byInterface = []string{"interface"}
	byPrefix    = []string{"prefix"}
	byRoute     = []string{"type", "dst", "table", "metric"}
	byRule      = []string{"family", "preference", "from", "to"}
)

// listOf gives what is known of a list.
func listOf(field, name string) listInfo {
	if info, ok := listInfos[field]; ok {
		return info
	}
	return listInfo{label: name}
}

// identity names an element.
func (l listInfo) identity(e view) string {
	var words []string
	for _, key := range l.key {
		for _, p := range e.parts {
			if p.name == key && !isZero(p) {
				words = append(words, show(p))
			}
		}
	}
	if len(words) == 0 {
		return show(e)
	}
	return strings.Join(words, " ")
}

// show gives a view in one line.
func show(v view) string {
	if v.kind == viewLeaf {
		return showLeaf(v.scalar)
	}
	var words []string
	for _, p := range v.parts {
		switch s := show(p); {
		case v.kind == viewList:
			words = append(words, s)
		case p.kind != viewLeaf && s == "" || isZero(p):
		default:
			words = append(words, p.name+" "+s)
		}
	}
	return strings.Join(words, ", ")
}

func showLeaf(scalar any) string {
	switch x := scalar.(type) {
	case nil:
		return "none"
	case float64:
		return trimFloat(x)
	default:
		return fmt.Sprint(x)
	}
}

// isZero says that a leaf says nothing.
func isZero(v view) bool {
	switch x := v.scalar.(type) {
	case nil:
		return v.kind == viewLeaf
	case string:
		return x == ""
	case bool:
		return !x
	case int64:
		return x == 0
	case uint64:
		return x == 0
	case float64:
		return x == 0
	}
	return false
}

// snake writes the name of a field as the configuration file would: AdvertInt is
// advert_int, SMTPServer is smtp_server.
func snake(name string) string {
	name = brands.Replace(name)
	runes := []rune(name)
	var b strings.Builder
	for i, r := range runes {
		small := i > 0 && !unicode.IsUpper(runes[i-1])
		next := i+1 < len(runes) && unicode.IsLower(runes[i+1]) && !plural(runes, i+1)
		if i > 0 && unicode.IsUpper(r) && (small || next) {
			b.WriteByte('_')
		}
		b.WriteRune(unicode.ToLower(r))
	}
	return b.String()
}

// plural says that the letter at i is the s of BFDs.
func plural(runes []rune, i int) bool {
	return runes[i] == 's' && (i+1 == len(runes) || unicode.IsUpper(runes[i+1]))
}

// brands are the names whose capitals stand inside a word.
var brands = strings.NewReplacer("FWM", "Fwm", "DBus", "Dbus", "NFTables", "Nftables", "IPTables", "Iptables",
	"IPSets", "Ipsets", "UThreshold", "Uthreshold", "LThreshold", "Lthreshold", "SPorts", "Sports", "DPorts", "Dports")
