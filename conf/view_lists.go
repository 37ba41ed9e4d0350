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
	key   []string // the fields that tell an element from the others; none: all of it
}

// listInfos are the lists, by type and field.
var listInfos = map[string]listInfo{
	"Config.Scripts":            {"vrrp_script", []string{"name"}},
	"Config.Instances":          {"vrrp_instance", []string{"name"}},
	"Config.VirtualServers":     {"virtual_server", []string{"protocol", "addr", "port"}},
	"Global.NotificationEmail":  {"notification_email", nil},
	"Instance.Peers":            {"unicast_peer", nil},
	"Instance.VIPs":             {"virtual_ipaddress", []string{"prefix"}},
	"Instance.ExcludedVIPs":     {"virtual_ipaddress_excluded", []string{"prefix"}},
	"Instance.TrackScripts":     {"track_script", []string{"script"}},
	"VirtualServer.RealServers": {"real_server", []string{"addr", "port"}},
	"RealServer.Checkers":       {"checker", []string{"kind", "connect_ip", "connect_port"}},
}

// listOf gives what is known of a list.
func listOf(field, name string) listInfo {
	if info, ok := listInfos[field]; ok {
		return info
	}
	return listInfo{label: name}
}

// identity names an element.
func (l listInfo) identity(e view) string {
	if e.kind == viewLeaf {
		return show(e)
	}
	var words []string
	for _, key := range l.key {
		for _, p := range e.parts {
			if s := show(p); p.name == key && p.scalar != nil && s != "" {
				words = append(words, s)
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
	name = pluralAcronyms.Replace(name)
	runes := []rune(name)
	var b strings.Builder
	for i, r := range runes {
		after := i > 0 && unicode.IsUpper(r)
		small := i > 0 && !unicode.IsUpper(runes[i-1])
		next := i+1 < len(runes) && unicode.IsLower(runes[i+1])
		if after && (small || next) {
			b.WriteByte('_')
		}
		b.WriteRune(unicode.ToLower(r))
	}
	return b.String()
}

// pluralAcronyms are what capital letters alone do not take apart.
var pluralAcronyms = strings.NewReplacer("VIPs", "Vips", "IPv", "Ipv", "URLs", "Urls", "VRIDs", "Vrids", "GARPs", "Garps", "VMACs", "Vmacs")

func compareText(a, b string) int { return strings.Compare(a, b) }
