// SPDX-License-Identifier: Apache-2.0

package replay

import (
	"cmp"
	"encoding/binary"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// router is what an instance of a configuration says about its virtual router.
type router struct {
	vrid     uint8
	version  int
	interval time.Duration
	ifname   string
	pass     string
	addrs    []netip.Addr
}

var (
	configVRID = regexp.MustCompile(`virtual_router_id (\d+)`)
	configName = regexp.MustCompile(`interface (\S+)`)
	configVIP  = regexp.MustCompile(`virtual_ipaddress \{([^}]*)\}`)
	configInt  = regexp.MustCompile(`advert_int ([\d.]+)`)
	configPass = regexp.MustCompile(`auth_pass (\S+)`)
)

// routersOf reads the instances of a configuration; there is always one at least.
func routersOf(config string) []router {
	var out []router
	for _, text := range strings.Split(config, "vrrp_instance ")[1:] {
		r := router{
			vrid:     uint8(number(configVRID.FindStringSubmatch(text), 51)),
			version:  2,
			interval: seconds(number(configInt.FindStringSubmatch(text), 1)),
		}
		if strings.Contains(text, "version 3") || strings.Contains(config, "vrrp_version 3") {
			r.version = 3
		}
		if m := configName.FindStringSubmatch(text); m != nil {
			r.ifname = m[1]
		}
		if m := configPass.FindStringSubmatch(text); m != nil {
			r.pass = m[1]
		}
		if m := configVIP.FindStringSubmatch(text); m != nil {
			r.addrs = addrsIn(m[1])
		}
		out = append(out, r)
	}
	if len(out) == 0 {
		return []router{{vrid: 51, version: 2, interval: time.Second, ifname: "eth0"}}
	}
	return out
}

// addrsIn are the IPv4 addresses of a list.
func addrsIn(text string) []netip.Addr {
	var out []netip.Addr
	for _, word := range strings.Fields(text) {
		if p, err := netip.ParsePrefix(word); err == nil && p.Addr().Is4() {
			out = append(out, p.Addr())
		}
	}
	return out
}

func number(m []string, fallback float64) float64 {
	for _, text := range m[min(1, len(m)):] {
		if v, err := strconv.ParseFloat(text, 64); err == nil {
			return v
		}
	}
	return fallback
}

func seconds(v float64) time.Duration { return time.Duration(v * float64(time.Second)) }

// order is what a step asks for: adverts of another router.
type order struct {
	router
	count    int
	gap      time.Duration
	priority uint8
	from, to netip.Addr
	ttl      uint8
	kind     uint8  // of the packet: 1 is an advert
	auth     uint8  // its type
	sumAs    string // destination that the checksum is made with; "" is the real one
	spoil    bool   // the checksum
	resize   int    // bytes more, or fewer
}

var (
	orderCount    = regexp.MustCompile(`^(\d+) `)
	orderPriority = regexp.MustCompile(`prio (\d+)`)
	orderInterval = regexp.MustCompile(`int(?:erval)? ([\d.]+)`)
	orderGap      = regexp.MustCompile(`([\d.]+) s apart|every ([\d.]+) s`)
	orderFrom     = regexp.MustCompile(`(?:from|own address) (\d+\.\d+\.\d+\.\d+)`)
	orderVRID     = regexp.MustCompile(`vrid (\d+)`)
	orderTTL      = regexp.MustCompile(`ttl (\d+)`)
	orderAuth     = regexp.MustCompile(`auth type (\d)`)
)

var multicast = netip.MustParseAddr("224.0.0.18")

// readOrder takes a step's text apart. What it does not say is as the configuration says.
func readOrder(text, config string) order {
	routers := routersOf(config)
	o := order{
		router:   routers[0],
		count:    int(number(orderCount.FindStringSubmatch(text), 1)),
		priority: uint8(number(orderPriority.FindStringSubmatch(text), 100)),
		from:     netip.MustParseAddr("10.0.0.2"),
		to:       multicast,
		ttl:      uint8(number(orderTTL.FindStringSubmatch(text), 255)),
		kind:     1,
	}
	o.choose(text, routers)
	o.gap = seconds(number(orderGap.FindStringSubmatch(text), max(o.interval.Seconds(), 1)))
	o.interval = seconds(number(orderInterval.FindStringSubmatch(text), o.interval.Seconds()))
	if m := orderFrom.FindStringSubmatch(text); m != nil {
		o.from = netip.MustParseAddr(m[1])
	}
	o.wrong(text)
	return o
}

// choose takes the virtual router that a step means.
func (o *order) choose(text string, routers []router) {
	pick := func(is func(router) bool) {
		if i := slices.IndexFunc(routers, is); i >= 0 {
			o.router = routers[i]
		}
	}
	switch {
	case strings.Contains(text, "on eth1"):
		pick(func(r router) bool { return r.ifname == "eth1" })
		o.from = netip.MustParseAddr("10.1.0.2")
	case strings.HasPrefix(text, "v3 advert to v2"):
		o.version = 3
	case strings.HasPrefix(text, "v2 advert to v3"):
		pick(func(r router) bool { return r.version == 3 })
		o.version = 2
	case strings.HasPrefix(text, "v3 "):
		pick(func(r router) bool { return r.version == 3 })
	case strings.HasPrefix(text, "PASS "):
		pick(func(r router) bool { return r.pass != "" })
		o.auth = 1
	case strings.Contains(text, " for VI_") && o.pass != "":
		o.auth = 1
	}
	o.vrid = uint8(number(orderVRID.FindStringSubmatch(text), float64(o.vrid)))
}

// wrong makes the advert as wrong as the step says.
func (o *order) wrong(text string) {
	has := func(what string) bool { return strings.Contains(text, what) }
	second := netip.MustParseAddr("10.0.0.222")
	switch {
	case has("no auth"):
		o.auth = 0
	case has("PASS wrong"):
		o.pass = "wrong"
	case has("auth type PASS"):
		o.auth = 1
	case has("auth type"):
		o.auth = uint8(number(orderAuth.FindStringSubmatch(text), 0))
	case has("bad checksum"):
		o.spoil = true
	case has("type 2"):
		o.kind = 2
	case has("one address only"):
		o.addrs = o.addrs[:1]
	case has("other address"), has("another second address"):
		o.addrs = []netip.Addr{o.addrs[0], second}
	case has("one more address"):
		o.addrs = append(slices.Clone(o.addrs), second)
	case has("swapped order"):
		o.addrs = slices.Clone(o.addrs)
		slices.Reverse(o.addrs)
	case has("too long"):
		o.resize = 8
	case has("too short"):
		o.resize = -1000
	}
	if has("unicast") && !has("multicast") || has("224.0.0.18") {
		o.to = netip.MustParseAddr("10.0.0.1")
	}
	if has("made with 224.0.0.18") {
		o.sumAs = "224.0.0.18"
	}
}

// body is the advert itself, made by hand: the code under test has no part in it.
func (o order) body() []byte {
	b := []byte{byte(o.version)<<4 | o.kind, o.vrid, o.priority, byte(len(o.addrs)), o.auth, byte(o.interval / time.Second), 0, 0}
	if o.version == 3 {
		binary.BigEndian.PutUint16(b[4:], uint16(o.interval/(10*time.Millisecond)))
	}
	for _, a := range o.addrs {
		b = append(b, a.AsSlice()...)
	}
	var pseudo []byte
	if o.version == 2 {
		secret := make([]byte, 8)
		if o.auth == 1 {
			copy(secret, o.pass)
		}
		b = append(b, secret...)
	} else {
		to, _ := netip.ParseAddr(cmp.Or(o.sumAs, o.to.String())) // both are addresses
		pseudo = slices.Concat(o.from.AsSlice(), to.AsSlice(), []byte{0, protoVRRP, 0, byte(len(b))})
	}
	sum := checksum(slices.Concat(pseudo, b))
	if o.spoil {
		sum ^= 0x1111
	}
	binary.BigEndian.PutUint16(b[6:], sum)
	if o.resize < 0 {
		return b[:4]
	}
	return append(b, make([]byte, o.resize)...)
}

func checksum(b []byte) uint16 {
	var sum uint32
	for i := 0; i < len(b); i += 2 {
		sum += uint32(binary.BigEndian.Uint16(b[i:]))
	}
	for sum > 0xffff {
		sum = sum>>16 + sum&0xffff
	}
	return ^uint16(sum)
}

// frame wraps a body as a router at that address sends it.
func (o order) frame() []byte {
	body := o.body()
	dst := []byte{0x01, 0, 0x5e, 0, 0, 0x12}
	if !o.to.IsMulticast() {
		dst = []byte{0x02, 0, 0, 0, 0, 0x0a}
	}
	b := append(dst, 0x02, 0, 0, 0, 0, 0x0b, 0x08, 0)
	h := []byte{0x45, 0xc0, 0, 0, 0, 1, 0, 0, o.ttl, protoVRRP, 0, 0}
	binary.BigEndian.PutUint16(h[2:], uint16(ipv4Header+len(body)))
	h = slices.Concat(h, o.from.AsSlice(), o.to.AsSlice())
	binary.BigEndian.PutUint16(h[10:], checksum(h))
	return slices.Concat(b, h, body)
}
