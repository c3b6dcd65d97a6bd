"""JSON that all readers must understand alike."""

from common import b64, write


def raw(name, data, expect="accepted"):
    return {"name": name, "bytes": b64(data if isinstance(data, bytes) else data.encode()), "expect": expect}


strict = [
    raw("an object", '{"a":[1,-2.5e3,true,false,null,{"b":""}]}'),
    raw("white space around", ' \t\r\n{ "a" : 1 } \n'),
    raw("32 levels", "[" * 32 + "]" * 32),
    raw("a pair of surrogates", '"\\ud83d\\udcac"'),
    raw("the same key in two objects", '{"a":{"k":1},"b":{"k":1}}'),
    raw("a key that only looks like another", '{"a":1,"A":1," a":1}'),
    raw("a string that looks like structure", '{"a":"{\\"a\\":1,\\"a\\":2}[[","b":"\\\\"}'),
    raw("constructor and prototype are names", '{"constructor":1,"prototype":1,"toString":1}'),
    raw("noncharacters are characters", '"\\uffff\\ufdd0"'),
    raw("33 levels", "[" * 33 + "]" * 33, "invalid_json"),
    raw("4,000 levels", "[" * 4_000 + "]" * 4_000, "invalid_json"),
    raw("33 levels of objects", '{"a":' * 33 + "1" + "}" * 33, "invalid_json"),
    raw("a key twice", '{"a":1,"a":1}', "invalid_json"),
    raw("a key twice, once escaped", '{"a":1,"\\u0061":1}', "invalid_json"),
    raw("a key twice, deep inside", '[{"x":{"a":1,"b":2,"a":3}}]', "invalid_json"),
    raw("the empty key twice", '{"":1,"":2}', "invalid_json"),
    raw("__proto__", '{"__proto__":{}}', "invalid_json"),
    raw("__proto__, escaped", '{"\\u005f_proto__":{}}', "invalid_json"),
    raw("__proto__, inside", '{"a":[{"__proto__":1}]}', "invalid_json"),
    raw("U+0000", '"\\u0000"', "invalid_request"),
    raw("U+0000 in a key", '{"\\u0000":1}', "invalid_request"),
    raw("half a pair", '"\\ud83d"', "invalid_request"),
    raw("the other half", '"\\udcac"', "invalid_request"),
    raw("a pair the wrong way round", '"\\udcac\\ud83d"', "invalid_request"),
    raw("nothing", "", "invalid_json"),
    raw("white space alone", "  ", "invalid_json"),
    raw("a byte order mark", b"\xef\xbb\xbf{}", "invalid_json"),
    raw("a lone continuation", b'"\x80"', "invalid_json"),
    raw("overlong", b'"\xc0\xaf"', "invalid_json"),
    raw("a surrogate in UTF-8", b'"\xed\xa0\x80"', "invalid_json"),
    raw("beyond Unicode", b'"\xf4\x90\x80\x80"', "invalid_json"),
    raw("UTF-16", '{"a":1}'.encode("utf-16"), "invalid_json"),
    raw("a byte of zero", b'"\x00"', "invalid_json"),
    raw("a comma too many", '{"a":1,}', "invalid_json"),
    raw("a comment", '{"a":1} // x', "invalid_json"),
    raw("single quotes", "{'a':1}", "invalid_json"),
    raw("NaN", '{"a":NaN}', "invalid_json"),
    raw("a leading zero", "01", "invalid_json"),
    raw("two values", "{}{}", "invalid_json"),
    raw("a control character in a string", '"\t"', "invalid_json"),
]

write("strict-json.json", {"texts": strict})
