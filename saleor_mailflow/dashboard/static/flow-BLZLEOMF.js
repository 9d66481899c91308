import{n as a,o as b}from"./chunk-7WLW7CYE.js";import"./chunk-LOWEV5VN.js";import"./chunk-XOX6BAUY.js";import"./chunk-7DO3W3CC.js";import"./chunk-LTRF5XC3.js";export{a as Screen,b as Top};
