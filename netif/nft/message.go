// SPDX-License-Identifier: Apache-2.0

package nft

import (
	"encoding/binary"
	"fmt"
	"slices"

	"github.com/google/nftables"
	"github.com/google/nftables/expr"
	"github.com/google/nftables/userdata"
	"github.com/mdlayher/netlink"
	"golang.org/x/sys/unix"
)

const (
	// elementsPerMessage keeps a message below what its length field can say.
	elementsPerMessage = 500

	hostEndian = 1 // for nft, in the user data of sets

	setConcat     = 0x80 // NFT_SET_CONCAT
	setDescConcat = 2    // NFTA_SET_DESC_CONCAT
	setElemKeyEnd = 10   // NFTA_SET_ELEM_KEY_END
)

// A message is a request of a transaction, without its sequence number. google/nftables has
// the same requests, but says neither which of them failed nor how the data of a map is to
// be read, and asks for so many answers that they do not fit into the socket.
type message struct {
	kind  uint16
	flags netlink.HeaderFlags
	body  []byte
	op    op
}

// messages encodes steps.
func messages(ops []op, owner string) ([]message, error) {
	var list []message
	for _, o := range ops {
		e := encoder{family: byte(o.table.family), op: o, owner: owner}
		e.encode()
		if e.err != nil {
			return nil, fmt.Errorf("%v: %w", o, e.err)
		}
		list = append(list, e.out...)
	}
	return list, nil
}

// encoder encodes one step. The first error stays.
type encoder struct {
	family byte
	op     op
	owner  string
	out    []message
	err    error
}

func (e *encoder) encode() {
	table := text(unix.NFTA_TABLE_NAME, e.op.table.name) // is the first attribute of every request
	switch e.op.do {
	case deleteTable:
		e.add(unix.NFT_MSG_DELTABLE, 0, table)
	case addTable:
		attrs := []netlink.Attribute{table, number(unix.NFTA_TABLE_FLAGS, 0)}
		if e.owner != "" {
			attrs = append(attrs, netlink.Attribute{Type: tableUserdata, Data: ownerMark(e.owner)})
		}
		e.add(unix.NFT_MSG_NEWTABLE, netlink.Create, attrs...)
	case addSet:
		e.addSet(table)
		e.elements(unix.NFT_MSG_NEWSETELEM, netlink.Create, table)
	case deleteSet:
		e.add(unix.NFT_MSG_DELSET, 0, table, text(unix.NFTA_SET_NAME, e.op.set.name))
	case addElements:
		e.elements(unix.NFT_MSG_NEWSETELEM, netlink.Create, table)
	case deleteElements:
		e.elements(unix.NFT_MSG_DELSETELEM, 0, table)
	case addChain:
		e.addChain(table)
	case deleteChain:
		e.add(unix.NFT_MSG_DELCHAIN, 0, table, text(unix.NFTA_CHAIN_NAME, e.op.chain.name))
	case flushChain:
		e.add(unix.NFT_MSG_DELRULE, 0, table, text(unix.NFTA_RULE_CHAIN, e.op.chain.name))
	case addRule:
		e.addRule(table)
	}
}

// add ends a message.
func (e *encoder) add(kind uint16, flags netlink.HeaderFlags, attrs ...netlink.Attribute) {
	body := append(nfgenmsg(e.family, 0), e.marshal(attrs...)...)
	e.out = append(e.out, message{unix.NFNL_SUBSYS_NFTABLES<<8 | kind, flags, body, e.op})
}

func (e *encoder) addSet(table netlink.Attribute) {
	s := e.op.set
	key, err := concat(s.key)
	e.fail(err)
	var flags uint32
	if s.constant {
		flags |= unix.NFT_SET_CONSTANT
	}
	if s.interval {
		flags |= unix.NFT_SET_INTERVAL
	}
	if len(s.key) > 1 {
		flags |= setConcat
	}
	attrs := []netlink.Attribute{
		table, text(unix.NFTA_SET_NAME, s.name),
		number(unix.NFTA_SET_KEY_TYPE, key.GetNFTMagic()), number(unix.NFTA_SET_KEY_LEN, key.Bytes),
		number(unix.NFTA_SET_ID, 1), // needed, though all refer to the set by name
	}
	if s.data != nil {
		flags |= unix.NFT_SET_MAP
		attrs = append(attrs, number(unix.NFTA_SET_DATA_TYPE, s.data.GetNFTMagic()), number(unix.NFTA_SET_DATA_LEN, s.data.Bytes))
	}
	attrs = append(attrs, number(unix.NFTA_SET_FLAGS, flags))
	e.add(unix.NFT_MSG_NEWSET, netlink.Create, append(attrs, e.describe(s)...)...)
}

// describe says of a set what only nft wants to know, but for the parts of a key.
func (e *encoder) describe(s *set) []netlink.Attribute {
	var attrs []netlink.Attribute
	if len(s.key) > 1 {
		var parts []netlink.Attribute
		for _, k := range s.key {
			parts = append(parts, e.nest(unix.NFTA_LIST_ELEM, number(1, k.Bytes))) // NFTA_SET_FIELD_LEN
		}
		attrs = append(attrs, e.nest(unix.NFTA_SET_DESC, e.nest(setDescConcat, parts...)))
	}
	var user []byte
	if len(s.key) == 1 && s.key[0].Name == nftables.TypeIFIndex.Name {
		user = userdata.AppendUint32(user, userdata.NFTNL_UDATA_SET_KEYBYTEORDER, hostEndian)
	}
	if s.data != nil {
		user = userdata.AppendUint32(user, userdata.NFTNL_UDATA_SET_DATABYTEORDER, hostEndian)
	}
	if len(user) > 0 {
		attrs = append(attrs, netlink.Attribute{Type: unix.NFTA_SET_USERDATA, Data: user})
	}
	return attrs
}

func (e *encoder) elements(kind uint16, flags netlink.HeaderFlags, table netlink.Attribute) {
	for part := range slices.Chunk(e.op.elements, elementsPerMessage) {
		list := make([]netlink.Attribute, len(part))
		for i, el := range part {
			list[i] = e.nest(unix.NFTA_LIST_ELEM, e.element(el)...)
		}
		e.add(kind, flags, table, text(unix.NFTA_SET_ELEM_LIST_SET, e.op.set.name),
			e.nest(unix.NFTA_SET_ELEM_LIST_ELEMENTS, list...))
	}
}

// element gives the key, the end and the data of an element, as far as it has them.
func (e *encoder) element(el element) []netlink.Attribute {
	var attrs []netlink.Attribute
	for _, part := range []struct {
		kind  uint16
		value string
	}{{unix.NFTA_SET_ELEM_KEY, el.key}, {setElemKeyEnd, el.end}, {unix.NFTA_SET_ELEM_DATA, el.data}} {
		if part.value != "" {
			attrs = append(attrs, e.nest(part.kind, netlink.Attribute{Type: unix.NFTA_DATA_VALUE, Data: []byte(part.value)}))
		}
	}
	return attrs
}

func (e *encoder) addChain(table netlink.Attribute) {
	c := e.op.chain
	attrs := []netlink.Attribute{table, text(unix.NFTA_CHAIN_NAME, c.name)}
	if c.hook != nil {
		attrs = append(attrs,
			e.nest(unix.NFTA_CHAIN_HOOK, number(unix.NFTA_HOOK_HOOKNUM, uint32(*c.hook)), number(unix.NFTA_HOOK_PRIORITY, uint32(c.priority))),
			number(unix.NFTA_CHAIN_POLICY, uint32(nftables.ChainPolicyAccept)),
			text(unix.NFTA_CHAIN_TYPE, string(nftables.ChainTypeFilter)))
	}
	e.add(unix.NFT_MSG_NEWCHAIN, netlink.Create, attrs...)
}

func (e *encoder) addRule(table netlink.Attribute) {
	list := make([]netlink.Attribute, len(e.op.rule.exprs))
	for i, x := range e.op.rule.exprs {
		b, err := expr.Marshal(e.family, x)
		e.fail(err)
		list[i] = netlink.Attribute{Type: netlink.Nested | unix.NFTA_LIST_ELEM, Data: b}
	}
	e.add(unix.NFT_MSG_NEWRULE, netlink.Create|netlink.Append, table,
		text(unix.NFTA_RULE_CHAIN, e.op.chain.name), e.nest(unix.NFTA_RULE_EXPRESSIONS, list...))
}

func (e *encoder) fail(err error) {
	if e.err == nil {
		e.err = err
	}
}

func (e *encoder) marshal(attrs ...netlink.Attribute) []byte {
	b, err := netlink.MarshalAttributes(attrs)
	e.fail(err)
	return b
}

func (e *encoder) nest(kind uint16, attrs ...netlink.Attribute) netlink.Attribute {
	return netlink.Attribute{Type: netlink.Nested | kind, Data: e.marshal(attrs...)}
}

func text(kind uint16, s string) netlink.Attribute {
	return netlink.Attribute{Type: kind, Data: append([]byte(s), 0)}
}

func number(kind uint16, n uint32) netlink.Attribute {
	return netlink.Attribute{Type: kind, Data: binary.BigEndian.AppendUint32(nil, n)}
}

// nfgenmsg is what each message of netfilter begins with.
func nfgenmsg(family byte, resource uint16) []byte {
	return binary.BigEndian.AppendUint16([]byte{family, unix.NFNETLINK_V0}, resource)
}
