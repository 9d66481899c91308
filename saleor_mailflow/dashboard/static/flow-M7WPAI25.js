import{n as a,o as b}from"./chunk-S4BUDRQD.js";import"./chunk-GHU6OFQY.js";import"./chunk-6P3FGTNT.js";import"./chunk-MQGKQEWB.js";import"./chunk-IZZCF5Z6.js";export{a as Screen,b as Top};
